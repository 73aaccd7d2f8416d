const methods = ["configure", "check", "diff", "create", "update", "read", "delete"] as const;

/**
 * The provider of a kind as Pulumi keeps it: the text of a CommonJS module that the dynamic provider plugin runs, and whose `handler`
 * gives an object with these seven methods. It stands twice in the state of every resource, and what is in state runs for years. So it
 * holds one word, and asks whatever version of the package is installed by then.
 * `pulumi-gpuhost/runtime`, `controller(kind)` and the methods are a contract: see test/dynamic/golden.
 *
 * It is written and not serialised: the SDK's serialiser makes 3.9 kB of the same, and parses TypeScript to do it (docs/decisions/0022).
 */
export function providerText(kind: string): string {
  return `const call=(name)=>async(...given)=>(await import("pulumi-gpuhost/runtime")).controller("${kind}")[name](...given);
exports.handler=()=>Object.fromEntries("${methods.join(" ")}".split(" ").map((name)=>[name,call(name)]));`;
}
