import { withoutColors } from "./colors";

/** What can be mended by whoever runs the engine: what it says, and what that means and asks for. `stack` is "" where none was named. */
const known: readonly (readonly [RegExp, (stack: string, folder: string) => string])[] = [
  [/spawn pulumi ENOENT|pulumi: (command )?not found/, () => "there is no `pulumi` on PATH. Install the Pulumi engine, or put its folder on PATH."],
  [/no Pulumi\.yaml project file found|could not find.*Pulumi\.yaml|no project file found/i, (_, folder) => `there is no Pulumi.yaml in ${folder} or above it. Run this where the stack's program is, or pass --cwd.`],
  [/no stack named/, (stack) => `there is no stack called ${stack} here. \`pulumi stack ls\` lists those that are; \`pulumi stack init ${stack}\` makes one.`],
  [/no stack (is )?selected/, () => "no stack is selected here. Pass --stack, or `pulumi stack select` one."],
  [/stack is currently locked by|\[409\] Conflict: Another update is currently in progress/, (stack) =>
    `the stack is locked: another run is on, or one was killed and left its lock. When you are sure that none is on: \`pulumi cancel${stack === "" ? "" : ` ${stack}`}\`, then run this again. ` +
      "Nothing was touched, and the lock was left."],
  [/incorrect passphrase/, () => "the passphrase of this stack is another one: see PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE."],
  [/passphrase must be set|PULUMI_CONFIG_PASSPHRASE/, () => "the passphrase of this stack is missing: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE."],
  [/PULUMI_ACCESS_TOKEN must be set|pulumi login/, () => "nobody is logged in to the state backend: `pulumi login`, or set PULUMI_BACKEND_URL."],
  [/Minimum version requirement failed|Major version mismatch/, () => "the `pulumi` on PATH does not fit @pulumi/pulumi of this project. Bring both to the same release."],
  [/failed to load checkpoint|\berror: EOF\b/, () => "the engine cannot read the state of this stack; where a run was killed while it was written, the backend has the one before beside it (.bak)."],
];

/** One sentence for a person; the engine's own words where they are not known here. */
export function engineTrouble(said: string, { stack, folder }: { readonly stack: string; readonly folder: string }): string {
  const plain = withoutColors(said);
  const found = known.find(([pattern]) => pattern.test(plain));
  return found === undefined ? ownWords(plain) : found[1](stack, folder);
}

/** The lines that begin with "error:", or else the last ones, without the stack that a thrown error drags along. */
function ownWords(said: string): string {
  const lines = said.split("\n").map((line) => line.trim().replace(/^(stderr|stdout): /, "")).filter((line) => line !== "" && !/^at .*:\d+:\d+\)?$/.test(line) && !/^(code|std(out|err)|err\?):\s*\S{0,4}$/.test(line));
  const errors = lines.filter((line) => line.startsWith("error: ")).map((line) => line.slice("error: ".length));
  const words = (errors.length > 0 ? [...new Set(errors)] : lines.slice(-3)).join(" ");
  return words === "" ? "the engine said nothing" : `the engine says: ${words}`;
}

/** Whether an update stopped because the hosts are no longer as they were in its preview: to be looked at anew, and no more than that. */
export function hasMoved(said: string): boolean {
  return /violates plan/.test(said);
}
