import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HostKeyError, HostUnreachableError } from "../../../provider/errors";
import type { BootProgress } from "../../../provider/host/ssh/waitForHost";
import { waitForBoot } from "../../../provider/host/ssh/waitForHost";
import { Sshd } from "../../beds/sshd/sshd";

/** The bed cannot boot: it is "another boot" when the caller remembers another id than the machine's. */
const current = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const another = "00000000-0000-4000-8000-000000000000";
const quick = { intervalSeconds: 0.2 };

let sshd: Sshd;
beforeEach(async () => {
  sshd = await Sshd.start({ hostKeys: ["ed25519"] });
});
afterEach(() => sshd.dispose());

test("a host that runs another boot is back", async () => {
  expect(await waitForBoot(sshd.connection(), another, 20, undefined, quick)).toMatchObject({ kind: "back", bootId: current });
});

test("a host that goes on with the same boot did not go down", async () => {
  const seen: BootProgress["kind"][] = [];
  const outcome = await waitForBoot(sshd.connection(), current, 2, ({ kind }) => seen.push(kind), quick);
  expect(outcome.kind).toBe("did-not-go-down");
  expect(seen).toEqual(["still-up"]);
});

test("a host that goes away and stays away did not come back, and the last error says what was met", async () => {
  const seen: BootProgress["kind"][] = [];
  const onProgress = ({ kind }: BootProgress) => {
    seen.push(kind);
    if (kind === "still-up") void sshd.stop();
  };
  const outcome = await waitForBoot(sshd.connection(), current, 4, onProgress, quick);
  expect(outcome.kind).toBe("did-not-come-back");
  expect(outcome.kind === "did-not-come-back" && outcome.lastError).toBeInstanceOf(HostUnreachableError);
  expect(seen).toEqual(["still-up", "down"]);
});

test("a host that is away for a while and comes with another boot is back", async () => {
  await sshd.stop();
  const seen: BootProgress["kind"][] = [];
  const onProgress = ({ kind }: BootProgress) => {
    seen.push(kind);
    if (kind === "down") void sshd.startAgain();
  };
  expect(await waitForBoot(sshd.connection(), another, 30, onProgress, quick)).toMatchObject({ kind: "back", bootId: current });
  expect(seen).toEqual(["down", "back"]);
});

test("something else that answers with another key is not the host", async () => {
  const stranger = await Sshd.start({ hostKeys: ["ed25519"] });
  try {
    const connection = { ...sshd.connection(), port: stranger.port, hostKey: sshd.hostKeys.ed25519?.fingerprint as string };
    const outcome = await waitForBoot(connection, another, 1, undefined, quick);
    expect(outcome.kind === "did-not-come-back" && outcome.lastError).toBeInstanceOf(HostKeyError);
  } finally {
    await stranger.dispose();
  }
});
