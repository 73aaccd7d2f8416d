import { vi } from "vitest";
import { runCommand } from "../../provider/cli/program";

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line of gpuhost in this process. */
export async function gpuhost(...args: readonly string[]): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      said[name] += String(text);
      return true;
    }),
  );
  try {
    return { status: await runCommand(args), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
