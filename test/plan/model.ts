import { printArgument, printCommandLine, parseCommandLine } from "../../provider/facts/commandLine";
import type { HostFacts, KernelArgument } from "../../provider/facts/hostFacts";
import { absent, known, value } from "../../provider/facts/reading";
import { applyArguments, applyToTokens } from "../../provider/facts/applyArguments";
import { BINDING_PATH } from "../../provider/plan/bootBinding";
import { DROP_IN_PATH, readDropIn } from "../../provider/plan/gpuhostDropIn";
import { sha256 } from "../../provider/plan/hash";
import type { Step } from "../../provider/plan/step";
import { hostFacts, ourFile, ROOT } from "./factsBuilder";
import type { FactsOptions } from "./factsBuilder";

/**
 * The least host that steps can be tried on: what grub-mkconfig, GRUB and a reboot make of them. It holds to the same rule as the agent: an
 * entry may gain and lose what the step names, and nothing else.
 */
export class ModelHost {
  facts: HostFacts;

  /** `base` is the default entry's command line without us. */
  constructor(readonly base: string, options: FactsOptions = {}) {
    this.facts = hostFacts({ running: base, ...options });
  }

  get dropIn(): ReturnType<typeof readDropIn> {
    return readDropIn(this.facts.bootLoader.grubDefaults.get(DROP_IN_PATH) ?? "");
  }

  entry(): string {
    return printCommandLine(known(this.facts.kernelCommandLine.nextBoot) ?? []);
  }

  carryOut(steps: readonly Step[]): void {
    for (const step of steps) this.#step(step);
  }

  /** Boots what was chosen; `failing`: the trial hangs and somebody turns the power off and on. */
  boot(failing = false): void {
    const trial = known(this.facts.journal.trial);
    const next = trial?.state === "armed" && !failing ? trial.arguments : (known(this.facts.kernelCommandLine.nextBoot) ?? []);
    this.facts = {
      ...this.facts, system: { ...this.facts.system, bootId: value(`${known(this.facts.system.bootId)}+`) },
      kernelCommandLine: { ...this.facts.kernelCommandLine, running: value(next) },
    };
  }

  /** A person removes a file of ours, and runs update-grub or does not. */
  somebodyRemoves(path: string, renders: boolean): void {
    const journalled = this.facts.journal.files.find((file) => file.path === path);
    this.files(path, undefined);
    if (journalled !== undefined) this.facts = { ...this.facts, journal: { ...this.facts.journal, files: [...this.facts.journal.files, { ...journalled, now: "absent" }] } };
    if (renders) this.#entries(this.#rendered(false), this.facts.journal.trial);
  }

  #rendered(trial: boolean): KernelArgument[] {
    const base = parseCommandLine(this.base);
    const ours = this.dropIn;
    if (ours === null) return base;
    const wish = ours.state === "kept" || trial ? ours.wanted : ours.before;
    const { linux, linuxDefault } = this.facts.bootLoader.variables;
    if (linux === null || linuxDefault === null) return applyToTokens(base, wish);
    const made = applyArguments({ linux, linuxDefault }, wish);
    return parseCommandLine(`${ROOT} ${made.linux} ${made.linuxDefault}`);
  }

  #compared(step: { adds: readonly string[]; removes: readonly string[] }, then: readonly KernelArgument[]): readonly KernelArgument[] {
    const [was, is] = [known(this.facts.kernelCommandLine.nextBoot) ?? [], then].map((list) => list.map(printArgument)) as [string[], string[]];
    const more = is.filter((token) => !was.includes(token) && !step.adds.includes(token));
    const fewer = was.filter((token) => !is.includes(token) && !step.removes.includes(token));
    if (more.length + fewer.length > 0) throw new Error(`entries would gain ${more.join(" ")} and lose ${fewer.join(" ")}`);
    return then;
  }

  protected files(path: string, text: string | undefined): void {
    const grubDefaults = new Map(this.facts.bootLoader.grubDefaults);
    if (text === undefined) grubDefaults.delete(path);
    else if (path.startsWith("/etc/default/")) grubDefaults.set(path, text.trimEnd());
    const bootBinding = path !== BINDING_PATH ? this.facts.bootBinding ?? absent : text === undefined ? absent : value(text.trimEnd());
    const others = this.facts.journal.files.filter((file) => file.path !== path);
    const files = text === undefined ? others : [...others, ourFile(path, "model", text)];
    this.facts = { ...this.facts, bootBinding, bootLoader: { ...this.facts.bootLoader, grubDefaults }, journal: { ...this.facts.journal, files } };
  }

  #entries(nextBoot: readonly KernelArgument[], trial: HostFacts["journal"]["trial"]): void {
    this.facts = { ...this.facts, kernelCommandLine: { ...this.facts.kernelCommandLine, nextBoot: value(nextBoot) }, journal: { ...this.facts.journal, trial } };
  }

  #step(step: Step): void {
    const entry = known(this.facts.kernelCommandLine.nextBoot) ?? [];
    const trial = known(this.facts.journal.trial);
    switch (step.kind) {
      case "writeFile": {
        const text = this.facts.bootLoader.grubDefaults.get(step.path);
        const now = this.facts.journal.files.find((file) => file.path === step.path)?.now ?? (text === undefined ? "absent" : sha256(`${text}\n`));
        if (now !== step.before) throw new Error(`${step.path} is not what the plan saw`);
        return this.files(step.path, step.text);
      }
      case "restoreFile":
        return this.files(step.path, undefined);
      case "stageTrialBoot":
        return this.#entries(entry, value({
          state: "staged", arguments: this.#compared(step, this.#rendered(true)), of: [...new Set([...(trial?.of ?? []), step.of])], bootId: known(this.facts.system.bootId) ?? "",
        }));
      case "armTrialBoot":
        if (trial === undefined) throw new Error("no trial to arm");
        return this.#entries(entry, value({ ...trial, state: "armed" }));
      case "keepTrialBoot":
        if (this.dropIn !== null) this.files(DROP_IN_PATH, this.facts.bootLoader.grubDefaults.get(DROP_IN_PATH)?.replace("# gpuhost state: trial", "# gpuhost state: kept"));
        this.kept();
        return this.#entries(this.#compared(step, this.#rendered(false)), absent);
      case "renderBootEntries":
        return this.#entries(this.#compared(step, this.#rendered(false)), this.facts.journal.trial);
      case "dropTrialBoot": {
        const left = (trial?.of ?? []).filter((of) => of !== step.of);
        return this.#entries(entry, trial === undefined || left.length === 0 ? absent : value({ ...trial, of: left }));
      }
      case "reboot":
        return this.boot();
      default:
        return this.otherStep(step);
    }
  }

  /** What else follows when a trial is kept. */
  protected kept(): void {}

  /** Steps about devices and images; see modelDevices.ts. */
  protected otherStep(step: Step): void {
    throw new Error(`no model of ${step.kind}`);
  }
}
