import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";

/**
 * A file of sysfs that is only ever written to (`unbind`, `bind`, `drivers_probe`): a named pipe, so that two writes one right
 * after the other both arrive. The true kernel acts before the write returns; here it acts a moment after.
 */
export class KernelFile {
  private readonly socket: Socket;

  constructor(path: string, onWord: (word: string) => void) {
    // Read and write, so that the pipe stays open when a writer goes.
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.socket = new Socket({ fd: descriptor, readable: true, writable: false });
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text: string) => {
      for (const word of words(text)) onWord(word);
    });
    this.socket.on("error", () => closeSync(descriptor));
  }

  /** From now on a writer blocks in open(2), as it does in a driver's remove function that never ends. */
  hang(): void {
    this.close();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Writers need not end with a newline, so PCI addresses that touch are taken apart by their form. */
function words(text: string): string[] {
  return text.match(/[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]|[a-z][a-z0-9_-]*/g) ?? [];
}
