import { expect, test } from "vitest";
import { ConnectionLostError, HostTimeoutError, HostUnreachableError, OutputTooLargeError, SudoError } from "../../../provider/errors";
import { rejection, scriptedRuns } from "../../beds/sshd/scriptedRuns";

const run = scriptedRuns();
const failure = (...args: Parameters<typeof run>) => rejection(run(...args));

test("a login that hangs afterwards: no session is ever opened", async () => {
  const error = await failure({ onSession: "hang" }, { connection: { connectTimeoutSeconds: 0.5 } });
  expect(error).toBeInstanceOf(HostUnreachableError);
  expect(error).toMatchObject({ code: "session-not-opened", message: expect.stringContaining("Nothing was run") as string });
});

test("a server that refuses sessions", async () => {
  expect(await failure({ onSession: "refuse" })).toMatchObject({ code: "session-refused" });
});

test("a server that refuses commands", async () => {
  expect(await failure({ onExec: "refuse" })).toMatchObject({ code: "session-not-opened" });
});

test("a shell that never comes up", async () => {
  const error = await failure({ onCommand: () => {} }, { limits: { deadlineSeconds: 0.5 } });
  expect(error).toBeInstanceOf(HostTimeoutError);
  expect(error).toMatchObject({ code: "shell-start-timeout" });
});

test("half a line, and the channel closes without an exit status", async () => {
  const error = await failure({
    onCommand: ({ channel, ready }) => {
      ready();
      channel.stdin.once("data", () => {
        channel.write("half a li");
        channel.close();
      });
    },
  });
  expect(error).toBeInstanceOf(ConnectionLostError);
  expect(error?.message).toMatch(/^127\.0\.0\.1: connection lost while reading facts: the session ended without an exit status/);
});

test("a connection that is cut in the middle of a command", async () => {
  const error = await failure({
    onCommand: ({ channel, ready, cut }) => {
      ready();
      channel.stdin.once("data", cut);
    },
  });
  expect(error).toBeInstanceOf(ConnectionLostError);
});

test("a connection that is cut before the shell is up has run nothing", async () => {
  expect(await failure({ onCommand: ({ cut }) => cut() })).toMatchObject({ code: "session-not-opened" });
});

test.each(["stdout", "stderr"] as const)("%s without end", async (stream) => {
  const error = await failure(
    {
      onCommand: ({ channel, ready }) => {
        ready();
        const chunk = Buffer.alloc(64 * 1024, "x");
        const more = (): void => {
          if (channel.writable) (stream === "stdout" ? channel : channel.stderr).write(chunk, () => setImmediate(more));
        };
        more();
      },
    },
    { limits: { maximumBytes: 1_000_000 } },
  );
  expect(error).toBeInstanceOf(OutputTooLargeError);
  expect(error?.message).toContain("1000000 bytes");
});

test("noise without end before the shell is up is not kept, and ends with the deadline", async () => {
  const error = await failure(
    {
      onCommand: ({ channel }) => {
        const more = (): void => {
          if (channel.writable) channel.write(Buffer.alloc(64 * 1024, "x"), () => setTimeout(more, 1));
        };
        more();
      },
    },
    { limits: { deadlineSeconds: 1 } },
  );
  expect(error).toMatchObject({ code: "shell-start-timeout" });
});

test("one byte at a time", async () => {
  const result = await run({
    onCommand: ({ channel, marker, finish }) => {
      const bytes = [...Buffer.from(`noise${marker}\nü and so on\n`)];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte === undefined) finish(0);
        else {
          channel.write(Buffer.of(byte));
          channel.stderr.write(Buffer.of(byte));
          setTimeout(next, 2);
        }
      };
      next();
    },
  });
  expect(result.stdout.toString()).toBe("ü and so on\n");
  expect(result.stderr).toBe("ü and so on\n");
});

test("death by signal", async () => {
  const result = await run({
    onCommand: ({ channel, ready }) => {
      ready();
      channel.exit("KILL", false, "");
      channel.end();
    },
  });
  expect(result).toMatchObject({ exitCode: null, signal: "SIGKILL" });
});

test("an exit status, but a channel that stays open", async () => {
  const error = await failure(
    {
      onCommand: ({ channel, ready }) => {
        ready();
        channel.exit(0);
      },
    },
    { limits: { deadlineSeconds: 0.5 } },
  );
  expect(error).toBeInstanceOf(HostTimeoutError);
  expect(error?.message).toContain("something it started keeps its output open");
});

test("an exit status that comes without the end of the output", async () => {
  const error = await failure({
    onCommand: ({ channel, ready }) => {
      ready();
      channel.write("half of the devices\n");
      channel.exit(0);
      channel.end();
    },
  });
  expect(error).toBeInstanceOf(ConnectionLostError);
  expect(error).toMatchObject({ code: "output-incomplete" });
});

test("a script that nobody reads", async () => {
  const error = await failure({ onCommand: ({ ready, channel }) => (channel.stdin.pause(), ready()) }, { limits: { deadlineSeconds: 1 }, script: "x".repeat(8_000_000) });
  expect(error).toBeInstanceOf(HostTimeoutError);
});

test("a host that asks for the sudo password again and again gets it once", async () => {
  process.env["GPUHOST_TEST_PASSWORD"] = "quiet please";
  let heard = "";
  const error = await failure(
    {
      onCommand: ({ channel, prompt }) => {
        channel.stderr.write(prompt);
        channel.stdin.on("data", (chunk: Buffer) => {
          heard += chunk.toString();
          channel.stderr.write(`\nSorry, try again.\n${prompt}`);
        });
      },
    },
    { connection: { user: "debian", sudo: { password: { environment: "GPUHOST_TEST_PASSWORD" } } } },
  );
  expect(error).toBeInstanceOf(SudoError);
  expect(heard).toBe("quiet please\n");
});

test("a password is never sent to a host that does not ask, and neither is the script", async () => {
  process.env["GPUHOST_TEST_PASSWORD"] = "quiet please";
  let heard = "";
  const error = await failure(
    {
      onCommand: ({ channel }) => {
        channel.stdin.on("data", (chunk: Buffer) => (heard += chunk.toString()));
        channel.stderr.write("[sudo] password for debian: ");
      },
    },
    { limits: { deadlineSeconds: 0.5 }, connection: { user: "debian", sudo: { password: { environment: "GPUHOST_TEST_PASSWORD" } } } },
  );
  expect(error).toBeInstanceOf(HostTimeoutError);
  expect(heard).toBe("");
});
