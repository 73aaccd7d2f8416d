/** What the SDK says of a resource that failed, alone or as the input of another. */
const failed = /^(error serializing property .*: )?resource .+ \[.+\] failed to register$/;

let isHeard = false;

/**
 * The engine says why a resource failed. The SDK then says of each output that nobody took that it failed, with a stack of its own: from now on
 * without. Only for a process that is the program's alone.
 */
export function withoutStacksOfFailures(): void {
  if (isHeard) return;
  isHeard = true;
  process.prependListener("unhandledRejection", (reason) => {
    // Marked as the SDK marks its RunError, of which it prints the message alone.
    if (reason instanceof Error && failed.test(reason.message)) Object.assign(reason, { __pulumiRunError: true, stack: "" });
  });
}
