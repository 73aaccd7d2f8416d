/** One step of an `up`, as the agent on the host names it in the log of its transaction. */
export interface SoakStep {
  /** Kind of the resource whose transaction it is. */
  readonly owner: string;
  /** "step 1 of 2: writeFile" */
  readonly line: string;
}

const transaction = (owner: string, ...kinds: readonly string[]): SoakStep[] =>
  kinds.map((kind, index) => ({ owner, line: `step ${index + 1} of ${kinds.length}: ${kind}` }));

/**
 * Every step by which one host with its IOMMU off by argument becomes ready, in order. A first test of each bed compares this
 * with what a run without a fault does, so that a step that is new cannot go without its faults.
 */
export const steps: readonly SoakStep[] = [
  ...transaction("KernelArguments", "writeFile", "stageTrialBoot"),
  ...transaction("VfioBinding", "writeFile", "writeFile", "writeFile", "buildInitramfs", "stageTrialBoot"),
  ...transaction("HostReboot", "armTrialBoot", "reboot"),
  ...transaction("HostReboot", "keepTrialBoot"),
];

/** Shell: prints "OWNER step K of N: KIND" for every step so far, oldest transaction first. For the host at `root` ("" for /). */
export const listSteps = (root: string): string =>
  `cd '${root}/var/lib/gpuhost/transactions' 2>/dev/null || exit 0; for t in *; do read -r owner <"$t/owner" && grep '^step ' "$t/log" | sed "s/^/$owner /"; done; true`;
