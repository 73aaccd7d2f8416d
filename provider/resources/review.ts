import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { moved } from "../controllers/moved";
import type { Proposal } from "../controllers/proposal";
import type { EngineProcess } from "./engineProcess";

/** What a preview showed of one resource. */
export interface Reviewed {
  readonly host: string;
  readonly proposal: string;
  readonly plan: Readonly<Record<string, string>>;
}

/** Everything one preview showed, by resource ("KernelArguments host-1"). */
export type Review = Readonly<Record<string, Reviewed>>;

const keepDays = 2;

function folder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pulumi-gpuhost", "reviews");
}

function fileOf(project: string, stack: string, engine: EngineProcess): string {
  const name = [project, stack, String(engine.pid), engine.started].map((part) => part.replace(/[^\w.-]+/g, "_")).join("-");
  return join(folder(), `${name}.json`);
}

/** Keeps what this preview shows for the update that the same engine process may go on to. */
export function writeReview(project: string, stack: string, engine: EngineProcess, review: Review): void {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  const file = fileOf(project, stack, engine);
  writeFileSync(`${file}.new`, JSON.stringify(review), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  const old = Date.now() - keepDays * 24 * 3600 * 1000;
  for (const other of readdirSync(folder()).map((name) => join(folder(), name))) {
    if ((statSync(other, { throwIfNoEntry: false })?.mtimeMs ?? old) < old) rmSync(other, { force: true });
  }
}

/** What the preview of this engine process showed; undefined when it made none. */
export function readReview(project: string, stack: string, engine: EngineProcess): Review | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(project, stack, engine), "utf8")) as Review;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** How a proposal differs from the reviewed one; [] when it does not, or when it has become a proposal to do nothing. */
export function movedSince(reviewed: Reviewed, now: Proposal): readonly string[] {
  // A host that went away meanwhile surprises nobody: it is left alone, and said at the end.
  if (now.proposal === "unreachable" || now.proposal === "waiting") return [];
  return moved(reviewed.plan, now.plan);
}
