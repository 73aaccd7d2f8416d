import { absent, known, value } from "../../provider/facts/reading";
import { BINDING_PATH, readBinding } from "../../provider/plan/bootBinding";
import type { BoundFunction } from "../../provider/plan/bootBinding";
import { idsOf } from "../../provider/plan/card";
import type { Step } from "../../provider/plan/step";
import { hostFacts, ROOT } from "./factsBuilder";
import type { DeviceOptions, FactsOptions } from "./factsBuilder";
import { ModelHost } from "./model";

/** The model with PCI functions: which image binds what, and which driver has what. */
export class ModelGpuHost extends ModelHost {
  #defaultImage: readonly BoundFunction[] = [];
  #trialImage: readonly BoundFunction[] = [];
  readonly #native = new Map<string, string | undefined>();
  readonly rebound: string[] = [];

  constructor(options: FactsOptions = {}) {
    super(ROOT, options);
    for (const device of this.facts.pciDevices) this.#native.set(device.address, known(device.driver));
  }

  drivers(): Record<string, string | undefined> {
    return Object.fromEntries(this.facts.pciDevices.map((device) => [device.address, known(device.driver)]));
  }

  override boot(failing = false): void {
    const trial = known(this.facts.journal.trial);
    const image = trial?.state === "armed" && !failing && trial.of.includes("initramfs") ? this.#trialImage : this.#defaultImage;
    super.boot(failing);
    for (const [address, driver] of this.#native) this.#drive(address, driver);
    const named = image.filter(({ address, ids }) => this.facts.pciDevices.some((device) => device.address === address && idsOf(device).full === ids));
    for (const { ids, driver } of image.filter(({ address }) => address === "any")) {
      for (const device of this.facts.pciDevices) {
        const free = /^(03|12)/.test(known(device.class) ?? "") && known(device.bootVga) !== true;
        if (free && [idsOf(device).short, idsOf(device).full].includes(ids)) this.#drive(device.address, driver);
      }
    }
    for (const { address, driver } of named) this.#drive(address, driver);
    this.facts = { ...this.facts, journal: { ...this.facts.journal, devices: [] } };
  }

  /** Somebody puts another card in; the next boot finds it. */
  putIn(options: DeviceOptions): void {
    const [device] = hostFacts({ devices: [options] }).pciDevices;
    if (device === undefined) return;
    this.facts = { ...this.facts, pciDevices: [...this.facts.pciDevices, device] };
    this.#native.set(device.address, known(device.driver));
  }

  #drive(address: string, driver: string | undefined): void {
    const pciDevices = this.facts.pciDevices.map((device) => (device.address === address ? { ...device, driver: driver === undefined || driver === "" ? absent : value(driver) } : device));
    this.facts = { ...this.facts, pciDevices };
  }

  /** What our hook puts into an image that is built now. */
  #built(trial: boolean): readonly BoundFunction[] {
    const binding = readBinding(known(this.facts.bootBinding ?? absent) ?? "");
    if (binding === null) return [];
    return binding.state === "kept" || trial ? binding.functions : binding.before;
  }

  protected override kept(): void {
    const text = known(this.facts.bootBinding ?? absent);
    if (text === undefined) return;
    this.files(BINDING_PATH, `${text.replace("# gpuhost state: trial", "# gpuhost state: kept")}\n`);
    this.#defaultImage = this.#built(false);
  }

  protected override otherStep(step: Step): void {
    const devices = this.facts.journal.devices;
    switch (step.kind) {
      case "buildInitramfs":
        if (step.image === "trial") this.#trialImage = this.#built(true);
        else this.#defaultImage = this.#built(false);
        return;
      case "restoreInitramfs":
        this.#defaultImage = this.#built(false);
        return;
      case "loadModule":
        return;
      case "rebind": {
        const journalled = step.functions.map(({ address, ids, from }) => ({ address, owner: "VfioBinding", ids, driverBefore: from ?? "", overrideBefore: "" }));
        this.facts = { ...this.facts, journal: { ...this.facts.journal, devices: [...devices, ...journalled.filter((each) => !devices.some((other) => other.address === each.address))] } };
        for (const { address, to } of step.functions) {
          this.rebound.push(address);
          this.#drive(address, to);
        }
        return;
      }
      case "releaseDevice":
        for (const each of devices.filter(({ address }) => step.addresses.includes(address))) this.#drive(each.address, each.driverBefore);
        this.facts = { ...this.facts, journal: { ...this.facts.journal, devices: devices.filter(({ address }) => !step.addresses.includes(address)) } };
        return;
      default:
        super.otherStep(step);
    }
  }
}
