import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { unreadable, value } from "../../provider/facts/reading";
import { localShell } from "../../provider/host/localShell";
import { reaches } from "../../provider/host/reach";
import type { Shell } from "../../provider/host/shell";

describe("whether the host gets a TCP connection", () => {
  const shell = (): Shell => localShell("here", "sh");

  test("it does where somebody listens, and does not once nobody does", async () => {
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await reaches(shell(), "127.0.0.1", port)).toEqual(value(true));
    server.close();
    await once(server, "close");
    expect(await reaches(shell(), "127.0.0.1", port)).toEqual(value(false));
  });

  test("a name that does not resolve is not reached, and what a shell would read is a name like any other", async () => {
    expect(await reaches(shell(), "no-such-host.invalid", 443)).toEqual(value(false));
    expect(await reaches(shell(), "$(echo 127.0.0.1)", 443)).toEqual(value(false));
  });

  test("an answer that is none of these says so and counts as not tried", async () => {
    const odd = { ...shell(), run: () => Promise.resolve({ exitCode: 0, signal: null, stdout: Buffer.from("neither bash with timeout nor nc is installed\n"), stderr: "" }) } as unknown as Shell;
    expect(await reaches(odd, "x", 1)).toEqual(unreadable("neither bash with timeout nor nc is installed"));
  });
});
