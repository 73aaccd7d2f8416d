import type { DeviceUse, HostFacts, JournalledDevice, JournalledFile, JournalledVirtual } from "../../provider/facts/hostFacts";
import { sha256 } from "../../provider/plan/hash";
import type { Step } from "../../provider/plan/step";
import { hostFacts, type DeviceOptions } from "./factsBuilder";

interface Virtual {
  readonly address: string;
  driver: string | undefined;
  override: string | undefined;
}

interface Card {
  autoprobe: boolean;
  functions: Virtual[];
}

const lineOf = (each: Virtual): string => `${each.address} ${each.driver ?? "-"} ${each.override ?? "-"}`;
const ids = "1002:740f:1002:0c34";
const native = "amdgpu";

/** What the kernel, the agent and our unit make of steps about virtual functions; it refuses what they refuse. */
export class ModelVirtualHost {
  readonly files = new Map<string, string>();
  #journal: JournalledVirtual[] = [];
  #devices: JournalledDevice[] = [];
  readonly #cards: Map<string, Card>;
  #uses: DeviceUse[] = [];

  /** Each card has `before` virtual functions, made by a person in this boot. */
  constructor(addresses: readonly string[], before: number, autoprobe: boolean) {
    this.#cards = new Map(addresses.map((address) => [address, { autoprobe, functions: [] }]));
    for (const address of addresses) this.#make(address, before);
  }

  card(address: string): Card {
    const card = this.#cards.get(address);
    if (card === undefined) throw new Error(`no card ${address}`);
    return card;
  }

  state(): unknown {
    return structuredClone([...this.#cards]);
  }

  hold(address: string): void {
    this.#uses = [{ address, kind: "guest", critical: true, says: "guest server has it", reason: "guest:1" }];
  }

  get facts(): HostFacts {
    const devices: DeviceOptions[] = [...this.#cards].flatMap(([address, { autoprobe, functions }], at): DeviceOptions[] => [
      { address, ids, class: "038000", driver: "gim", group: 20 + at, totalVfs: 4, numVfs: functions.length, sriov: { autoprobe, functions: functions.map((each) => each.address) } },
      ...functions.map((each, index): DeviceOptions => ({
        address: each.address, ids: "1002:7410:1002:0c34", class: "038000", group: 40 + 10 * at + index, physical: address,
        ...(each.driver === undefined ? {} : { driver: each.driver }), ...(each.override === undefined ? {} : { override: each.override }),
      })),
    ]);
    const journalFiles = [...this.files].map(([path, text]): JournalledFile => ({ path, owner: "VirtualFunctions", before: "absent", written: sha256(text), now: sha256(text) }));
    return hostFacts({ devices, journalFiles, journalDevices: this.#devices, uses: this.#uses, ...(this.#journal.length > 0 ? { journalVirtual: this.#journal } : {}) });
  }

  /** Every virtual function of the last boot is gone; our unit makes what its file says, where the number is 0. */
  boot(): void {
    for (const card of this.#cards.values()) Object.assign(card, { autoprobe: true, functions: [] });
    for (const line of (this.files.get("/etc/gpuhost/virtual-functions.conf") ?? "").split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
      const [address = "", , , count = "", , driver = ""] = line.split(" ");
      this.#set(address, Number(count), driver);
    }
  }

  carryOut(steps: readonly Step[]): void {
    for (const step of steps) this.#step(step);
  }

  #make(address: string, count: number): void {
    const card = this.card(address);
    card.functions = Array.from({ length: count }, (_, at) => ({ address: address.replace(/0$/, String(4 + at)), driver: card.autoprobe ? native : undefined, override: undefined }));
  }

  #set(address: string, count: number, driver: string): void {
    const card = this.card(address);
    const before = card.autoprobe;
    card.autoprobe = driver === "host";
    this.#make(address, count);
    if (driver === "host" || driver === "none") return;
    for (const each of card.functions) Object.assign(each, { driver, override: driver });
    card.autoprobe = before;
  }

  #requireFree(addresses: readonly string[]): void {
    const held = this.#uses.find((use) => addresses.includes(use.address));
    if (held !== undefined) throw new Error(`${held.address} is held`);
  }

  #step(step: Step): void {
    switch (step.kind) {
      case "writeFile":
        return void this.files.set(step.path, step.text);
      case "restoreFile":
        return void this.files.delete(step.path);
      case "loadModule":
        return;
      case "setVirtualFunctions": {
        const card = this.card(step.address);
        if (card.functions.length !== step.from) throw new Error(`${step.address} has ${card.functions.length}, not ${step.from}`);
        this.#requireFree(card.functions.map((each) => each.address));
        if (!this.#journal.some((each) => each.address === step.address)) {
          this.#journal = [...this.#journal, { address: step.address, owner: "VirtualFunctions", ids, countBefore: String(step.from), autoprobeBefore: card.autoprobe ? "1" : "0", typeBefore: "", functionsBefore: card.functions.map((each) => lineOf(this.#beforeUs(each))) }];
        }
        const made = card.functions.map((each) => each.address);
        this.#devices = this.#devices.filter((each) => !made.includes(each.address));
        return this.#set(step.address, step.to, step.driver);
      }
      case "rebind":
        for (const { address, to, from } of step.functions) {
          this.#requireFree([address]);
          const each = this.#virtual(address);
          if (!this.#devices.some((other) => other.address === address)) this.#devices = [...this.#devices, { address, owner: "VirtualFunctions", ids: "1002:7410:1002:0c34", driverBefore: from ?? "", overrideBefore: each.override ?? "" }];
          Object.assign(each, { driver: to, override: to });
        }
        return;
      case "releaseDevice":
        for (const { address, driverBefore, overrideBefore } of this.#devices.filter((each) => step.addresses.includes(each.address))) {
          const each = [...this.#cards.values()].flatMap((card) => card.functions).find((one) => one.address === address);
          if (each !== undefined) Object.assign(each, { driver: driverBefore || undefined, override: overrideBefore || undefined });
        }
        this.#devices = this.#devices.filter((each) => !step.addresses.includes(each.address));
        return;
      case "releaseVirtualFunctions":
        for (const address of step.addresses) this.#release(address);
        return;
      default:
        throw new Error(`no model of ${step.kind}`);
    }
  }

  #release(address: string): void {
    const entry = this.#journal.find((each) => each.address === address);
    if (entry === undefined) return;
    const card = this.card(address);
    if (card.functions.map(lineOf).join() !== entry.functionsBefore.join()) {
      this.#requireFree(card.functions.map((each) => each.address));
      card.functions = entry.functionsBefore.map((line) => {
        const [at = "", driver = "", override = ""] = line.split(" ");
        return { address: at, driver: driver === "-" ? undefined : driver, override: override === "-" ? undefined : override };
      });
    }
    card.autoprobe = entry.autoprobeBefore === "1";
    this.#journal = this.#journal.filter((each) => each !== entry);
  }

  #beforeUs(each: Virtual): Virtual {
    const entry = this.#devices.find((other) => other.address === each.address);
    return entry === undefined ? each : { address: each.address, driver: entry.driverBefore || undefined, override: entry.overrideBefore || undefined };
  }

  #virtual(address: string): Virtual {
    const found = [...this.#cards.values()].flatMap((card) => card.functions).find((each) => each.address === address);
    if (found === undefined) throw new Error(`no function ${address}`);
    return found;
  }
}
