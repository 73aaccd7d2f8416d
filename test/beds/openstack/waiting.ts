import { answers } from "../sshd/ports";
import { sleep } from "../vm/process";

/** Asks every fifth of a second until `ask` says true; after `seconds` it is an error that says what was waited for. */
export async function until(what: string, seconds: number, ask: () => Promise<boolean>, more: () => string = () => ""): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s. ${more()}`);
    await sleep(0.2);
  }
}

export function listens(port: number): Promise<boolean> {
  return answers(port);
}
