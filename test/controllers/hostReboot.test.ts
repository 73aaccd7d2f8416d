import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apply } from "../../provider/controllers/apply";
import type { Aspect } from "../../provider/controllers/aspect";
import { hostReboot } from "../../provider/controllers/hostReboot";
import { kernelArguments } from "../../provider/controllers/kernelArguments";
import { propose } from "../../provider/controllers/proposal";
import type { Inputs, Outputs } from "../../provider/controllers/record";
import type { Connection } from "../../provider/host/connection";
import { sshHost } from "../../provider/host/sshHost";
import { closeSharedShells } from "../../provider/host/ssh/sharedShell";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";

const wish = { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] };
const running = { arguments: wish.shouldExist, absentArguments: wish.shouldNotExist, drivers: {}, policy: "whenNeeded" as const, guests: {}, deadlineSeconds: 20 };

/** HostReboot on a simulated host behind real SSH: what the real kernel does is the VM lab's to prove. */
describe("a reboot into what is staged", () => {
  let fleet: Fleet;
  let machine: SimulatedHost;
  let connection: Connection;

  beforeEach(async () => {
    vi.spyOn(console, "log").mockReturnValue();
    fleet = new Fleet();
    const [first] = demoHosts;
    machine = await fleet.add(first!.machine, { faults: {} });
    connection = {
      host: machine.address, port: machine.port, user: "root", identityFiles: [fleet.keyFile], knownHostsFiles: [fleet.knownHostsFile], sshConfigFile: false, agent: false,
    };
  }, 60_000);

  afterEach(async () => {
    vi.restoreAllMocks();
    await closeSharedShells();
    await fleet.stop();
  });

  /** One run of one resource: read, plan, apply. */
  async function up<D>(aspect: Aspect<D>, desired: D): Promise<Outputs> {
    const open = () => sshHost(connection);
    const facts = await (await open()).observe();
    const inputs = { connection, ...propose(aspect, facts, desired) } as unknown as Inputs;
    return apply(aspect as Aspect<unknown>, desired, inputs, {}, open);
  }

  it("ends with the host running it, and with that as the default", async () => {
    expect((await up(kernelArguments, wish)).status).toBe("applied");
    expect(await up(hostReboot, running)).toMatchObject({ status: "applied", running: true, waitsFor: [] });
    expect(machine.boots).toBe(2);
    expect(readFileSync(machine.files.at("/boot/grub/grub.cfg"), "utf8")).not.toContain("gpuhost-trial");
    expect((await up(hostReboot, running)).plan).toEqual({});
    expect(machine.boots).toBe(2);
  }, 90_000);

  it("is not begun where it would be for nothing", async () => {
    await expect(up(hostReboot, running)).rejects.toThrow(/not rebooted, because the next boot would not bring intel_iommu=on, not intel_iommu=off either/);
    expect(machine.boots).toBe(1);
  }, 60_000);

  it("waits for a person where the policy says never, and says what for", async () => {
    await up(kernelArguments, wish);
    const { status, waitsFor, says } = await up(hostReboot, { ...running, policy: "never" });
    expect([status, waitsFor]).toEqual(["needs-reboot", ["intel_iommu=on is not running", "intel_iommu=off is running"]]);
    expect(says).toContain("waits for a reboot");
    expect(machine.boots).toBe(1);
  }, 60_000);

  it("says that the host did not go down, and does not order it twice in the same boot", async () => {
    await up(kernelArguments, wish);
    machine.faults.reboot = "neverDown";
    await expect(up(hostReboot, { ...running, deadlineSeconds: 4 })).rejects.toThrow(/did not go down/);
    await expect(up(hostReboot, { ...running, deadlineSeconds: 4 })).rejects.toThrow(/already/);
    expect(machine.boots).toBe(1);
  }, 90_000);

  it("says that the host did not come back; the run after a power cycle finds how it is, and finishes", async () => {
    await up(kernelArguments, wish);
    machine.faults.reboot = "neverUp";
    await expect(up(hostReboot, { ...running, deadlineSeconds: 4 })).rejects.toThrow(/did not come back.*A power cycle brings back what ran before/);
    delete machine.faults.reboot;
    await machine.powerCycle();
    // It never got as far as its boot loader, so the choice still stood.
    expect((await up(hostReboot, running)).status).toBe("applied");
    expect(machine.boots).toBe(2);
  }, 90_000);

  describe("that leaves units of ours at work", () => {
    const unit = "gpuhost-virtual-functions.service";
    const before = "00000000-0000-4000-8000-000000000000";
    const state = (text: string): void => machine.files.write(`/run/units/${unit}`, text);
    beforeEach(() => machine.files.write(`/etc/systemd/system/${unit}`, "[Unit]"));

    it.each([["activating", "ActiveState=activating"], ["queued behind others", "Job=118\nActiveState=inactive"]])("is waited for while one is %s", async (_, text) => {
      state(text);
      const lines: string[] = [];
      await (await sshHost(connection)).waitForBoot(before, 60, (line) => {
        lines.push(line);
        if (line.includes(unit)) state("ActiveState=active");
      });
      expect(lines).toEqual([expect.stringMatching(`waiting for ${unit} to end there`), expect.stringMatching("the host is back after")]);
    }, 60_000);

    it("is over at its deadline all the same, and says which one has not ended", async () => {
      state("ActiveState=activating");
      const lines: string[] = [];
      await (await sshHost(connection)).waitForBoot(before, 3, (line) => void lines.push(line));
      expect(lines.at(-1)).toMatch(new RegExp(`^${unit} had not ended after`));
    }, 60_000);
  });
});
