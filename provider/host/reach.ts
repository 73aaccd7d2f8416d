import { unreadable, value, type Reading } from "../facts/reading";
import type { Shell } from "./shell";
import { shellWord } from "./ssh/quote";

/** One TCP connection that is closed at once. bash can do without a tool; else nc of any kind. */
const script = `gpuhost_reach() {
  if command -v bash >/dev/null && command -v timeout >/dev/null; then
    timeout 5 bash -c ': 2>/dev/null <>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null && echo open || echo closed
  elif command -v nc >/dev/null; then
    nc -z -w 5 "$1" "$2" >/dev/null 2>&1 && echo open || echo closed
  else
    echo neither bash with timeout nor nc is installed
  fi
}
`;

/** Whether the host gets a TCP connection within 5 s. */
export async function reaches(shell: Shell, host: string, port: number): Promise<Reading<boolean>> {
  const { stdout } = await shell.run(`${script}gpuhost_reach ${shellWord(host)} ${port} </dev/null\n`, { what: `trying ${host}:${port} from there`, deadlineSeconds: 20 });
  const says = Buffer.from(stdout).toString("utf8").trim();
  return says === "open" || says === "closed" ? value(says === "open") : unreadable(says === "" ? "no answer" : says);
}
