/**
 * A text of the engine without its colors: orders of a terminal, and the engine's own marks, which its events carry instead when it is asked for
 * colors (`<{%fg 1%}>`; pulumi/pulumi, sdk/go/common/diag/colors).
 */
export function withoutColors(text: string): string {
  return text.replace(/<\{%[^%]*%\}>|\u001b\[[\d;]*m/g, "");
}
