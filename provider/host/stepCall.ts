import { randomBytes } from "node:crypto";
import type { Step } from "../plan/step";
import { shellWord } from "./ssh/quote";

/** A step as a call of the agent's library: the function, its words, and what it reads from standard input. */
interface Call {
  readonly words: readonly string[];
  readonly input?: string;
}

type Calls = { readonly [K in Step["kind"]]: (step: Extract<Step, { kind: K }>) => Call };

const lines = (list: readonly string[]): string => list.join("\n");

const calls: Calls = {
  writeFile: ({ path, mode, before, text }) => ({ words: ["write_file", path, mode, before], input: text }),
  restoreFile: ({ path }) => ({ words: ["restore_file", path] }),
  stageTrialBoot: ({ of, adds, removes }) => ({ words: ["stage_trial_boot", of, lines(adds), lines(removes)] }),
  keepTrialBoot: ({ adds, removes }) => ({ words: ["keep_trial_boot", lines(adds), lines(removes)] }),
  dropTrialBoot: ({ of }) => ({ words: ["drop_trial_boot", of] }),
  renderBootEntries: ({ adds, removes }) => ({ words: ["render_boot_entries", lines(adds), lines(removes)] }),
  buildInitramfs: ({ tool, image, neededBytes, kernels }) => ({ words: ["build_initramfs", tool, image, String(neededBytes), ...kernels] }),
  restoreInitramfs: ({ tool, kernels }) => ({ words: ["restore_initramfs", tool, ...kernels] }),
  loadModule: ({ module }) => ({ words: ["load_module", module] }),
  rebind: ({ functions, deadlineSeconds }) => ({
    words: ["rebind", String(deadlineSeconds), ...functions.flatMap(({ address, ids, from, to }) => [address, ids, from ?? "", to])],
  }),
  releaseDevice: ({ addresses, deadlineSeconds }) => ({ words: ["release_devices", String(deadlineSeconds), ...addresses] }),
  setVirtualFunctions: ({ address, ids, physicalDriver, from, to, by, driver, deadlineSeconds }) => ({
    words: ["set_virtual", String(deadlineSeconds), address, ids, physicalDriver, String(from), String(to), by, driver],
  }),
  setVgpuTypes: ({ address, ids, types, deadlineSeconds }) => ({ words: ["set_vgpu", String(deadlineSeconds), address, ids, ...types.map(String)] }),
  releaseVirtualFunctions: ({ addresses, deadlineSeconds }) => ({ words: ["release_virtual", String(deadlineSeconds), ...addresses] }),
  armTrialBoot: () => ({ words: ["arm_trial_boot"] }),
  checkAppArmor: ({ template, candidates, rules }) => ({
    words: ["check_apparmor", template],
    input: [...candidates.flatMap((each) => ("line" in each ? [`line ${each.path} 1`, each.line] : [`file ${each.path} ${each.text.split("\n").length - 1}`, each.text.replace(/\n$/, "")])), ...rules.map((rule) => `rule ${rule}`), ""].join("\n"),
  }),
  addLine: ({ path, line, before }) => ({ words: ["add_line", path, line, before] }),
  reloadAppArmor: ({ profiles }) => ({ words: ["reload_apparmor", ...profiles] }),
  restartService: ({ unit, watchSeconds, reading, saysWhy }) => ({ words: ["restart_service", unit, String(watchSeconds), reading, ...(saysWhy === true ? ["why"] : [])] }),
  makeMediatedDevice: ({ uuid, parent, type, deadlineSeconds }) => ({ words: ["make_mdev", String(deadlineSeconds), uuid, parent, type] }),
  removeMediatedDevice: ({ uuid, deadlineSeconds }) => ({ words: ["remove_mdev", String(deadlineSeconds), uuid] }),
  reboot: ({ reason, bootId }) => ({ words: ["request_reboot", reason, bootId] }),
};

/** One line of shell, with a here-document where the step brings a text. */
export function stepCall(step: Step, number: number): string {
  const { words, input } = (calls[step.kind] as (step: Step) => Call)(step);
  const call = `step ${number} ${step.kind} ${words.map(shellWord).join(" ")}`;
  return input === undefined ? call : `${call} ${hereDocument(input)}`;
}

/** `text` as it is on standard input. A here-document always ends with a line break, and so do all our texts. */
export function hereDocument(text: string): string {
  if (text !== "" && !text.endsWith("\n")) throw new RangeError("a text that is written to a host ends with a line break");
  const end = `GPUHOST_${randomBytes(12).toString("hex")}`;
  return `<<'${end}'\n${text}${end}`;
}
