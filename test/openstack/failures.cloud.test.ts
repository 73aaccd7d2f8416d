import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../beds/engine/stack";
import type { EngineResult } from "../beds/engine/running";
import { bindTo } from "../beds/vm/compute/binding";
import { topologies } from "../beds/vm/lab";
import { connectionTo } from "../vm/labStack";
import { Api } from "../beds/openstack/api";
import { Region } from "./region";

const minutes = 60_000;
const twin = topologies.compute.cards.twin!;
const [graphics] = twin.functions as [string];
const dropIn = "/etc/nova/nova-compute.conf.d/90-gpuhost.conf";

/** The card's part of a program alone: proven, offered, marked. */
const program = `
const { readFileSync } = require("node:fs");
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(async () => {
  const { connection, cards, nova, ready } = JSON.parse(readFileSync("card.json", "utf8"));
  const verification = new gpuhost.IommuVerification("hv1", { connection, cards, trustLevel: "single-tenant" });
  const offered = new gpuhost.NovaPci("hv1", { connection, verification, ...nova });
  if (ready) new gpuhost.GpuReady("hv1", { connection, verification, ...ready }, { after: [offered] });
  return { ready: verification.ready, exposed: offered.exposed };
});
`;

// What breaks around a run, on a real control plane and a real kernel. The host is one whose cards are bound already.
describe("a run whose control plane or nova-compute fails it", { timeout: 15 * minutes }, () => {
  let region: Region;
  let stack: Stack;
  /** The drop-in and Placement's inventory as the last good run left them. */
  let good: { readonly file: string; readonly offered: unknown; readonly traits: readonly string[] };

  beforeAll(async () => {
    region = await Region.start({ nova: "waiting" });
    await bindTo(region.host, "vfio-pci", twin.functions);
    stack = await Stack.create({ program, environment: region.plane.environment() });
  }, 20 * minutes);
  afterAll(async () => {
    stack?.dispose();
    await region?.stop();
  }, 2 * minutes);
  afterEach(() => region.plane.delayPlacement(0));

  /** What the stack asks for: `spec` is added to the card's entry, `nova` and `ready` to the others. */
  function wish(spec: Record<string, unknown> = {}, nova: Record<string, unknown> = {}, ready?: Record<string, unknown>): void {
    stack.write("card.json", JSON.stringify({
      connection: connectionTo(region.host),
      cards: [{ address: graphics, id: twin.ids[0] }],
      nova: { deviceSpecs: [{ address: graphics, ...spec }], aliases: [{ name: "twin" }], deadlineSeconds: 240, ...nova },
      ready,
    }));
  }

  const text = ({ stdout, stderr }: EngineResult): string => stdout + stderr;
  const written = (): Promise<string> => region.host.read(`cat ${dropIn} 2>/dev/null || true`);
  const traitsOfCard = async (): Promise<readonly string[]> => Object.entries(await region.placement()).find(([name]) => name.endsWith(`_${graphics.toUpperCase()}`))?.[1].traits ?? [];
  const nowIs = async (): Promise<typeof good> => ({ file: await written(), offered: await region.offered(graphics), traits: await traitsOfCard() });

  /** Goes up and keeps what is there afterwards as the good state. */
  async function finishes(): Promise<EngineResult> {
    const up = await stack.up("--continue-on-error");
    expect(up.exitCode, text(up)).toBe(0);
    expect(await region.service()).toMatchObject({ status: "enabled", state: "up" });
    good = await nowIs();
    expect(good.offered).toEqual([1, 0, 0]);
    return up;
  }

  /** Nova is up, and it and Placement have come back to what the last good run left. */
  async function isAsBefore(): Promise<void> {
    await region.wait(async () => ((await region.service()).state === "up" ? true : undefined), 240);
    await expect.poll(nowIs, { timeout: 120_000, interval: 2000 }).toEqual(good);
  }

  /** One sentence after the other for an operator: no secret, no stack of ours. */
  function speaksPlainly(said: string): void {
    expect(said).not.toContain(region.plane.password);
    expect(said).not.toMatch(/^\s+at /m);
    expect(said).not.toMatch(/UnhandledPromise|\[object Object\]|undefined/);
  }

  it("Keystone is down: the preview says so by name and shows the rest, and nothing is done", async () => {
    wish();
    await region.plane.stopService("keystone");
    for (const run of [await stack.preview(), await stack.up("--continue-on-error")]) {
      expect(run.exitCode).not.toBe(0);
      expect(text(run)).toMatch(/refused \(cloud-not-read\): .*Keystone at 127\.0\.0\.1:\d+ did not answer POST \/auth\/tokens: .*ECONNREFUSED/);
      expect(text(run)).toMatch(/Nothing is done in a cloud that does not answer\. See that it does, then preview again\./);
      expect(text(run)).toMatch(new RegExp(`${graphics}.*ready`));
      speaksPlainly(text(run));
    }
    expect(await written()).toBe("");
    await region.plane.startService("keystone");
    expect(await region.offered(graphics)).toBeUndefined();
    await finishes();
    expect(good.file).toContain(`"address":"${graphics}"`);
  });

  it("Placement is slow: a run within the deadlines finishes", async () => {
    region.plane.delayPlacement(1000);
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.exitCode, text(preview)).toBe(0);
  });

  it("Placement is slower than the deadlines: refused by name, and everything stays", async () => {
    wish({ traits: ["CUSTOM_SLOW"] }, { cloud: { callTimeoutSeconds: 1, totalTimeoutSeconds: 3 } });
    region.plane.delayPlacement(20_000);
    const up = await stack.up("--continue-on-error");
    region.plane.delayPlacement(0);
    expect(up.exitCode).not.toBe(0);
    expect(text(up)).toMatch(/refused \(cloud-not-read\): .*Placement at 127\.0\.0\.1:\d+ did not answer GET \/resource_providers.*: no answer within [\d.]+ s\. Nothing was changed by it/);
    speaksPlainly(text(up));
    expect(await nowIs()).toEqual(good);
  });

  it("Placement becomes slow after the file was written: what was there is put back, and the next run finishes", async () => {
    wish({ traits: ["CUSTOM_SLOW"] }, { cloud: { callTimeoutSeconds: 1, totalTimeoutSeconds: 3 }, deadlineSeconds: 90 });
    const up = stack.start(["up", "--stack", "dev", "--yes", "--diff", "--continue-on-error"]);
    await up.says(/restarting nova-compute\.service/);
    // nova-compute itself waits as long as it takes.
    region.plane.delayPlacement(1500);
    const said = await up.result;
    region.plane.delayPlacement(0);
    expect(said.exitCode).not.toBe(0);
    expect(text(said)).toMatch(/(Placement does not hold what .* is to offer|the compute service on .* did not come up again) within 90 s: /);
    expect(text(said)).toMatch(/What was written for Nova was put back as it was\. On the host: restarted nova-compute\.service/);
    speaksPlainly(text(said));
    expect(await written()).toBe(good.file);
    await isAsBefore();
    wish({ traits: ["CUSTOM_SLOW"] });
    await finishes();
    expect(good.traits).toContain("CUSTOM_SLOW");
  });

  it("the token is taken away in mid-run: another one is asked for, and the run finishes", async () => {
    const { user } = await region.api.must<{ user: { id: string } }>("POST", "identity", "/users", { user: { name: "operator", password: "of-the-operator" } });
    const { projects } = await region.api.must<{ projects: { id: string }[] }>("GET", "identity", "/projects?name=admin");
    const { roles } = await region.api.must<{ roles: { id: string }[] }>("GET", "identity", "/roles?name=admin");
    await region.api.must("PUT", "identity", `/projects/${projects[0]!.id}/users/${user.id}/roles/${roles[0]!.id}`);
    wish({ traits: ["CUSTOM_TOKEN"] });
    const operator = { OS_USERNAME: "operator", OS_PASSWORD: "of-the-operator" };
    const other = await Api.signIn({ authUrl: region.plane.authUrl, username: "operator", password: "of-the-operator", projectName: "admin" });
    const up = stack.start(["up", "--stack", "dev", "--yes", "--diff", "--continue-on-error"], operator);
    await up.says(/restarting nova-compute\.service/);
    // A new password, here the same one, ends every token of the user; Nova's API believes in one that it has seen for a while, unless it starts anew.
    await region.api.must("PATCH", "identity", `/users/${user.id}`, { user: { password: "of-the-operator" } });
    await region.plane.restart("nova-api");
    expect((await other.request("GET", "compute", "/os-aggregates")).status).toBe(401);
    const said = await up.result;
    expect(said.exitCode, text(said)).toBe(0);
    expect(await traitsOfCard()).toContain("CUSTOM_TOKEN");
    expect(text(said)).not.toContain("of-the-operator");
    good = await nowIs();
  });

  it("somebody else writes to the provider at every moment: the mark is given up with who and what, the drop-in stays, and the next run marks", async () => {
    wish({ traits: ["CUSTOM_TOKEN"] }, {}, { trait: "CUSTOM_GPU_READY" });
    // The run's way to Placement takes a second each time, that of the other writer none.
    const direct = `http://127.0.0.1:${region.plane.ports.placementItself}`;
    const root = Object.keys(await region.placement()).find((name) => !/_[0-9A-F]{4}:/.test(name))!;
    const writer = await busyWriter(direct, root);
    region.plane.delayPlacement(1000);
    const up = await stack.up("--continue-on-error");
    region.plane.delayPlacement(0);
    await writer.stop();
    expect(up.exitCode).not.toBe(0);
    expect(text(up)).toMatch(/Placement at 127\.0\.0\.1:\d+ answered 409 to PUT \/resource_providers\/[0-9a-f-]+\/traits: .*generation already changed/);
    expect(text(up)).toMatch(/each time somebody else had written to the same provider\. Nothing of ours was written: see who does that, then run again\./);
    speaksPlainly(text(up));
    expect(await region.hostTraits()).not.toContain("CUSTOM_GPU_READY");
    expect(await nowIs()).toEqual(good);
    await finishes();
    expect(await region.hostTraits()).toEqual(expect.arrayContaining(["CUSTOM_GPU_READY", "CUSTOM_OF_ANOTHER"]));
  });

  /** Gives a provider a trait and takes it away again, without a pause. Ends with the trait given. */
  async function busyWriter(direct: string, name: string): Promise<{ stop(): Promise<void> }> {
    const headers = { "x-auth-token": region.api.token, "content-type": "application/json", "openstack-api-version": "placement 1.39" };
    const ask = async (method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> => {
      const response = await fetch(`${direct}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const said = await response.text();
      return { status: response.status, body: said.startsWith("{") ? (JSON.parse(said) as Record<string, unknown>) : {} };
    };
    const { body } = await ask("GET", `/resource_providers?name=${name}`);
    const [{ uuid }] = body["resource_providers"] as [{ uuid: string }];
    await ask("PUT", "/traits/CUSTOM_OF_ANOTHER");
    const put = async (isGiven: boolean): Promise<boolean> => {
      const path = `/resource_providers/${uuid}/traits`;
      const now = (await ask("GET", path)).body as { traits: string[]; resource_provider_generation: number };
      const traits = [...now.traits.filter((one) => one !== "CUSTOM_OF_ANOTHER"), ...(isGiven ? ["CUSTOM_OF_ANOTHER"] : [])];
      return (await ask("PUT", path, { resource_provider_generation: now.resource_provider_generation, traits })).status === 200;
    };
    let isStopped = false;
    const work = (async () => {
      for (let turn = 0; !isStopped; turn += 1) await put(turn % 2 === 0);
      while (!(await put(true)));
    })();
    return { stop: () => { isStopped = true; return work; } };
  }

  const other = "/etc/nova/nova.conf.d/zz-other.conf";
  it.each([
    ["at once: of an option of another file", "[DEFAULT]\nmax_concurrent_builds = many\n", /max_concurrent_builds/, "CUSTOM_FIFTH"],
    ["once it speaks to Placement: of a switch that another file turned back", "[pci]\nreport_in_placement = false\n", /report_in_placement is False but it was enabled before/, "CUSTOM_SIXTH"],
  ])("nova-compute dies %s; the old drop-in is back, Nova's words are told, and the next run finishes", async (_, value, words, trait) => {
    wish({ traits: [trait] }, { deadlineSeconds: 120 }, { trait: "CUSTOM_GPU_READY" });
    await region.host.read(`cat >${other}`, { input: value });
    const up = await stack.up("--continue-on-error");
    expect(up.exitCode).not.toBe(0);
    expect(text(up)).toMatch(words);
    expect(text(up)).toMatch(/nova-compute\.service (ended|gave up) soon after its restart.*What this run had changed was undone\.|What was written for Nova was put back as it was\./);
    speaksPlainly(text(up));
    expect(await written()).toBe(good.file);
    expect(await region.host.read("cat /var/lib/gpuhost/services")).toBe("nova-compute.service");
    // What it is restarted with is the old file, and it dies of the other one all the same until that is mended.
    await region.host.read(`rm ${other}`);
    await region.nova.restart();
    await isAsBefore();
    wish({ traits: [trait] }, {}, { trait: "CUSTOM_GPU_READY" });
    await finishes();
    expect(good.traits).toContain(trait);
  });
});
