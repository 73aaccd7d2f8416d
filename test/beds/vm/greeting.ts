import { createConnection } from "node:net";

/** Whether something on this port of 127.0.0.1 speaks SSH: QEMU takes connections long before the guest does. */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(2000, () => answer(false));
    socket.on("error", () => answer(false));
    socket.on("close", () => answer(false));
    socket.on("data", (data) => answer(data.toString("latin1").startsWith("SSH-")));
  });
}
