import { expect, test } from "vitest";
import { HostUnreachableError } from "../../../provider/errors";
import { rejection, scriptedRuns } from "../../beds/sshd/scriptedRuns";

const run = scriptedRuns();
const failure = (...args: Parameters<typeof run>) => rejection(run(...args));

test("the scripted server is honest by default", async () => {
  expect(await run({})).toEqual({ exitCode: 0, signal: null, stdout: Buffer.alloc(0), stderr: "" });
});

test("a port that accepts and says nothing", async () => {
  const error = await failure({ onSocket: () => {} }, { connection: { connectTimeoutSeconds: 0.5 } });
  expect(error).toBeInstanceOf(HostUnreachableError);
  expect(error).toMatchObject({ code: "connect-timeout", message: expect.stringContaining("it got as far as the SSH handshake") as string });
});

test("a port that closes at once, as sshd does when it has too many waiting", async () => {
  const error = await failure({ onSocket: (socket) => socket.end() });
  expect(error).toBeInstanceOf(HostUnreachableError);
  expect(error).toMatchObject({ code: "connection-dropped", message: expect.stringContaining("MaxStartups") as string });
});

test("a port that is no SSH server", async () => {
  const error = await failure({ onSocket: (socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") });
  expect(error).toBeInstanceOf(HostUnreachableError);
});

test("a connection that breaks in the middle of the handshake", async () => {
  const error = await failure({ onSocket: (socket) => socket.write("SSH-2.0-Half\r\n\0\0", () => socket.destroy()) });
  expect(error).toBeInstanceOf(HostUnreachableError);
});

test("a server that never answers a login", async () => {
  const error = await failure({ onLogin: () => {} }, { connection: { connectTimeoutSeconds: 0.5 } });
  expect(error).toMatchObject({ code: "connect-timeout", message: expect.stringContaining("it got as far as logging in") as string });
});

test("a server that refuses every login", async () => {
  expect(await failure({ onLogin: (login) => login.reject() })).toMatchObject({ code: "login-refused" });
});
