import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { restoreOnHost } from "../../provider/host/restore";
import { sharedShell } from "../../provider/host/ssh/sharedShell";
import type { Fleet } from "../beds/simulated/fleet";
import { Broken, type Bytes } from "./broken";
import { changed, footprint, type Footprint, marks, unreviewed } from "./footprint";
import { kinds, type RunResult } from "./operator";
import { Scene } from "./scene";
import { drawStory, inWords, type DisturbedRun, type Story } from "./story";
import type { Tally } from "./tally";

/** An `up` of a fresh host that nothing disturbs: what passes meanwhile. */
export async function undisturbed(fleet: Fleet): Promise<Bytes> {
  const scene = await Scene.make(fleet, "undisturbed", false);
  try {
    await scene.mend();
    const result = await scene.alice.up();
    if (result.ended !== "done" || result.statuses.IommuVerification !== "ready") throw new Broken(`an up that nothing disturbed: ${shown(result)}`);
    return { ...scene.wire.passed };
  } finally {
    await scene.stop();
  }
}

/** Plays what a seed draws; throws Broken with the story in words. */
export async function playSeed(fleet: Fleet, seed: number, bytes: Bytes, tally: Tally): Promise<void> {
  const story = drawStory(seed);
  const told: string[] = [];
  const name = `story-${story.seed}-${fleet.hosts.length}`;
  const full = [...story.runs, ...(story.undo === undefined ? [] : [story.undo])].some(({ mishaps }) => mishaps.some(({ what }) => what === "full"));
  const scene = await Scene.make(fleet, name, full);
  try {
    await new Play(scene, story, bytes, tally, told).whole();
  } catch (error) {
    const how = `npm run soak -- --seed ${story.seed}`;
    const why = error instanceof Broken ? error.message : ((error as Error).stack ?? String(error));
    throw new Broken(`seed ${story.seed}: ${why}\nThe story:\n${inWords(story)}\nWhat happened:\n${told.map((line) => `  ${line}`).join("\n")}\nAgain: ${how}`);
  } finally {
    await scene.stop();
  }
}

class Play {
  private readonly before: Footprint;

  constructor(private readonly scene: Scene, private readonly story: Story, private readonly bytes: Bytes, private readonly tally: Tally, private readonly told: string[]) {
    this.before = footprint(scene.host.files.root, true);
  }

  async whole(): Promise<void> {
    const { scene, story } = this;
    for (const run of story.runs) await this.disturbed(run);
    await scene.mend();
    await this.cleanUp();
    await this.nothingMore();
    for (const each of story.late) if (each.what === "edit") scene.edit(each.file, each.note);
    if (story.undo !== undefined) {
      await this.disturbed(story.undo);
      await scene.mend();
    }
    await this.cleanDestroy();
  }

  private async disturbed(run: DisturbedRun): Promise<void> {
    const { scene } = this;
    await scene.lay(run.mishaps, this.bytes);
    const result = run.does === "up" ? await scene.alice.up() : await scene.alice.destroy();
    await scene.ended();
    await scene.host.settled();
    this.tally.disturbed(run, result, scene.cameAbout);
    this.note(`${run.does} (${[...scene.cameAbout].map(({ what }) => what).join(", ") || "nothing of it came about"}): `, result);
    if (scene.secondOperatorCame()) this.refusal();
    this.lookAround();
    // A host that was left dark is not there for the next run either: that is one more mishap, and not the one that was drawn.
    await scene.mend();
  }

  /** What the second operator was told, when it was the lock that refused. */
  private refusal(): void {
    const says = kinds.map((kind) => this.scene.bob.outputs(kind)?.says ?? "").find((each) => each.includes("another transaction is under way"));
    if (says === undefined) return;
    this.tally.lockRefusals += 1;
    if (!says.includes("started by alice@desk")) throw new Broken(`the lock refused the second operator without the name of the first: ${says}`);
  }

  private async cleanUp(): Promise<void> {
    const { alice } = this.scene;
    let result = await alice.up();
    this.tally.clean("clean up");
    this.note("clean up: ", result);
    const refusal = result.says.find((each) => /came back without|gpuhost restore/.test(each));
    if (refusal !== undefined) result = await this.asTold(refusal);
    const want = { KernelArguments: "applied", VfioBinding: "applied", HostReboot: "applied", IommuVerification: "ready" };
    if (result.ended !== "done" || kinds.some((kind) => alice.outputs(kind)?.status !== want[kind])) throw new Broken(`one clean run did not converge: ${shown(result)}`);
    this.lookAround();
  }

  /** A refusal that names the one thing for a person to do: it is done, and then the run has to go through. */
  private async asTold(refusal: string): Promise<RunResult> {
    this.tally.asTold += 1;
    this.told.push(`as the refusal says, gpuhost restore: ${refusal}`);
    const outcome = await restoreOnHost(() => sharedShell(this.scene.alice.connection), "alice@desk");
    this.told.push(`restore: ${outcome.state} ${outcome.says}`);
    const result = await this.scene.alice.up();
    this.tally.clean("clean up");
    this.note("clean up after it: ", result);
    return result;
  }

  /** The next run finds nothing to do and touches nothing. */
  private async nothingMore(): Promise<void> {
    const { alice, host } = this.scene;
    const before = marks(host.files.root);
    const result = await alice.up(false);
    this.tally.clean("clean up with nothing to do");
    if (result.ended !== "done" || result.changed.length > 0) throw new Broken(`the run after it was not empty: ${shown(result)}`);
    const touched = changed(before, marks(host.files.root));
    if (touched.length > 0) throw new Broken(`a run with nothing to do touched ${touched.join(", ")}`);
  }

  private async cleanDestroy(): Promise<void> {
    const { alice, host } = this.scene;
    const result = await alice.destroy();
    this.tally.clean("clean destroy");
    this.note("clean destroy: ", result);
    if (result.ended !== "done") throw new Broken(`a clean destroy did not go through: ${shown(result)}`);
    await host.powerCycle();
    this.lookAround();
    const persons = new Set(this.scene.edits.map(({ file }) => file as string));
    const left = changed(this.before, footprint(host.files.root)).filter((path) => !path.startsWith("/var/lib/gpuhost") && !persons.has(path) && !this.staysWith(path));
    const ofEdits = (path: string): boolean => [...persons].some((file) => file.startsWith(`${path}/`));
    if (left.some((path) => !ofEdits(path))) throw new Broken(`after the destroy this is not as before: ${left.join(", ")}`);
    const driver = host.files.linkName("/sys/bus/pci/devices/0000:65:00.0/driver");
    if (driver !== "nouveau" && !persons.has("/etc/gpuhost/vfio-binding.conf")) throw new Broken(`after the destroy and a boot the card is on ${driver}`);
  }

  /** A file of ours that a person edited is left to that person, and with it what comes of it; the destroy says so. */
  private staysWith(path: string): boolean {
    const late = this.story.late.flatMap((each) => (each.what === "edit" ? [each.file] : []));
    return (late.includes("/etc/default/grub.d/zz-gpuhost.cfg") && path === "/boot/grub/grub.cfg") || (late.includes("/etc/gpuhost/vfio-binding.conf") && /^\/boot\/initrd/.test(path));
  }

  /** Holds at any moment: nothing but what was reviewed is other than before, and what a person wrote is there. */
  private lookAround(): void {
    const { alice, bob, host, edits } = this.scene;
    const { root } = host.files;
    const paths = changed(this.before, footprint(root, true)).filter((path) => !edits.some(({ file }) => file === path || file.startsWith(`${path}/`)));
    const extra = unreviewed(paths, [...alice.reviewed, ...bob.reviewed]);
    if (extra.length > 0) throw new Broken(`changed without a reviewed plan that names it: ${extra.join(", ")}`);
    for (const { file, text } of lastOf(edits)) {
      if (host.files.read(file) === text || kept(join(root, "var/lib/gpuhost/left")).includes(`${text}\n`)) continue;
      throw new Broken(`what a person wrote into ${file} is nowhere any more (looked for it there and in /var/lib/gpuhost/left):\n${text}`);
    }
  }

  private note(what: string, result: RunResult): void {
    this.told.push(`${what}${shown(result)}`);
  }
}

/** Of a file that was edited twice in one state, the later text holds the earlier one. */
function lastOf(edits: Scene["edits"]): Scene["edits"] {
  return edits.filter((each, index) => !edits.slice(index + 1).some((later) => later.file === each.file && later.text.startsWith(each.text)));
}

function kept(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  } catch {
    return [];
  }
}

function shown({ ended, statuses, says }: RunResult): string {
  return `${ended} (${Object.entries(statuses).map(([kind, status]) => `${kind} ${status}`).join(", ")})${says.length > 0 ? `: ${says.join(" | ").slice(0, 900)}` : ""}`;
}

