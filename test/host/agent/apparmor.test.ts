import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { previewRestore, restoreOnHost } from "../../../provider/host/restore";
import type { Step } from "../../../provider/plan/step";
import { type PolicyForm, common, libvirtPolicy } from "../../beds/simulated/libvirtPolicy";
import { Tree, interpreters } from "./tree";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const local = "/etc/apparmor.d/local/abstractions/libvirt-qemu";
const own = "/etc/apparmor.d/local/abstractions/libvirt-qemu-gpuhost";
const line = "include if exists <local/abstractions/libvirt-qemu-gpuhost>";
const rules = "/dev/vfio/vfio rw,\n";
const template = "/etc/apparmor.d/libvirt/TEMPLATE.qemu";
const helper = "/etc/apparmor.d/usr.lib.libvirt.virt-aa-helper";
const check = (text = rules, more: Partial<Extract<Step, { kind: "checkAppArmor" }>> = {}): Step =>
  ({ kind: "checkAppArmor", template, candidates: [{ path: own, text }, { path: local, line }], rules: ["/dev/vfio/vfio rw,"], ...more });
const write: Step = { kind: "writeFile", path: own, text: rules, mode: "0644", before: "absent" };
const add = (before: string): Step => ({ kind: "addLine", path: local, line, before: hash(before) });
const restore = (path: string): Step => ({ kind: "restoreFile", path });

// The real apparmor_parser, which needs no kernel for what is asked of it here.
describe.each(interpreters)("AppArmor's rules under %s", (interpreter) => {
  let tree: Tree;
  const install = (form: PolicyForm = {}) => {
    for (const [path, text] of Object.entries({ ...common, ...libvirtPolicy(form) })) tree.write(path, text);
  };
  beforeEach(() => void (tree = new Tree(interpreter)));
  afterEach(() => tree.remove());

  it("parses a candidate with the host's template, then installs it; all of it comes off again", async () => {
    install();
    const before = tree.files();
    const outcome = await tree.apply([check(), write, add("")]);
    expect(outcome).toMatchObject({ state: "done", steps: [{ state: "done" }, { state: "done" }, { state: "done" }] });
    expect([tree.read(local), tree.read(own)]).toEqual([`${line}\n`, rules]);
    expect(await tree.apply([check(), add(`${line}\n`)])).toMatchObject({ state: "done", steps: [{ state: "done" }, { state: "unchanged" }] });
    expect(await tree.apply([restore(local), restore(own)])).toMatchObject({ state: "done" });
    expect([tree.files(), tree.journal()]).toEqual([before, {}]);
  });

  it("leaves nothing where the candidate does not parse, and says what the parser says", async () => {
    install();
    const before = tree.files();
    const outcome = await tree.apply([check("/dev/vfio/vfio rw\n"), write, add("")]);
    expect(outcome.state).toBe("failed");
    expect(outcome.says).toMatch(/do not parse with \/etc\/apparmor\.d\/libvirt\/TEMPLATE\.qemu, and nothing was written: .*syntax error/);
    expect(outcome.says).not.toContain(tree.root);
    expect(tree.files()).toEqual(before);
  });

  it("tells rules that were broken before from ours", async () => {
    install({ lines: ["  /dev/null rw"] });
    expect((await tree.apply([check()])).says).toMatch(/with or without ours/);
  });

  it("mends rules that did not parse", async () => {
    install({ lines: ["  /dev/null rw"] });
    const path = "/etc/apparmor.d/abstractions/libvirt-qemu";
    const text = libvirtPolicy({ container: true })[path] ?? "";
    expect(await tree.apply([check(rules, { candidates: [{ path, text }] })])).toMatchObject({ state: "done" });
  });

  it("sees an include that leads nowhere", async () => {
    install();
    const outcome = await tree.apply([check(rules, { candidates: [{ path: own, text: rules }] })]);
    expect(outcome).toMatchObject({ state: "failed" });
    expect(outcome.says).toMatch(/would not reach a guest.*\/dev\/vfio\/vfio rw,/);
  });

  it.each([["with an end", "# ours\n/srv/images/** r,\n"], ["without one", "/srv/images/** r,"], ["empty", ""]])("adds a line to what a person wrote (%s) and takes only that out, byte for byte", async (_, text) => {
    install();
    tree.write(local, text, 0o600);
    const before = tree.files();
    expect(await tree.apply([add(text)])).toMatchObject({ state: "done" });
    expect([tree.read(local), tree.mode(local)]).toEqual([`${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`, "600"]);
    expect(await tree.apply([restore(local)])).toMatchObject({ state: "done", steps: [{ state: "done" }] });
    expect(tree.files()).toEqual(before);
  });

  it("keeps what a person wrote after us, whichever way it is undone", async () => {
    install();
    for (const undo of [() => tree.apply([restore(local)]), () => restoreOnHost(() => Promise.resolve(tree.shell()), "alice@laptop")]) {
      tree.write(local, "/srv/a r,\n");
      await tree.apply([add("/srv/a r,\n")]);
      tree.write(local, `/srv/b r,\n${tree.read(local)}/srv/c r,\n`);
      expect(await undo()).toMatchObject({ state: "done" });
      expect(tree.read(local)).toBe("/srv/b r,\n/srv/a r,\n/srv/c r,\n");
      expect(tree.journal()).toEqual({});
    }
  });

  it("does not bring back what a person took out before the line was added again", async () => {
    install();
    tree.write(local, "/srv/a r,\n");
    await tree.apply([add("/srv/a r,\n")]);
    tree.write(local, "/srv/b r,\n");
    await tree.apply([add("/srv/b r,\n")]);
    await tree.apply([restore(local)]);
    expect(tree.read(local)).toBe("/srv/b r,\n");
  });

  it("removes a file that held nothing but our line, and lets one be that lost it", async () => {
    install({ overrides: ["local-if-exists"] });
    const before = tree.files();
    const absent: Step = { kind: "addLine", path: local, line, before: "absent" };
    await tree.apply([absent]);
    expect(tree.mode(local)).toBe("644");
    await tree.apply([restore(local)]);
    expect(tree.files()).toEqual(before);
    await tree.apply([absent]);
    tree.write(local, "/srv/a r,\n");
    expect(await tree.apply([restore(local)])).toMatchObject({ steps: [{ state: "unchanged" }] });
    expect(tree.read(local)).toBe("/srv/a r,\n");
  });

  it("stops at a file that moved since the plan, and undoes what came before", async () => {
    install();
    tree.write(local, "/srv/a r,\n");
    const before = tree.files();
    expect(await tree.apply([write, add("something else\n")])).toMatchObject({ state: "failed", steps: [{ state: "undone" }, { state: "failed" }] });
    expect([tree.files(), tree.journal()]).toEqual([before, {}]);
  });

  it("loads profiles anew, only where AppArmor runs and they are not disabled, and once more when it is undone", async () => {
    install();
    const reload: Step = { kind: "reloadAppArmor", profiles: [helper] };
    const loaded = () => tree.read("/.simulated/loaded-profiles")?.trim().split("\n") ?? [];
    expect(await tree.apply([reload])).toMatchObject({ steps: [{ state: "unchanged" }] });
    tree.write("/sys/kernel/security/apparmor/profiles", "virt-aa-helper (enforce)\n");
    const [old, text] = [tree.read(helper) ?? "", "profile virt-aa-helper /usr/lib/libvirt/virt-aa-helper {\n}\n"];
    const change: Step = { kind: "writeFile", path: helper, text, mode: "0644", before: hash(old) };
    expect(await tree.apply([change, reload])).toMatchObject({ state: "done" });
    expect(loaded()).toEqual([`${helper} ${hash(text).slice(0, 8)}`]);
    await tree.apply([restore(helper), reload]);
    expect(await tree.apply([change, reload, add("moved")])).toMatchObject({ state: "failed" });
    expect(loaded().slice(2)).toEqual([`${helper} ${hash(text).slice(0, 8)}`, `${helper} ${hash(old).slice(0, 8)}`]);
    tree.link(`/etc/apparmor.d/disable/${helper.slice("/etc/apparmor.d/".length)}`, helper);
    expect(await tree.apply([reload])).toMatchObject({ steps: [{ state: "unchanged" }] });
  });

  it("is undone by a restore from the host's own journal, which says so beforehand", async () => {
    install();
    tree.write("/sys/kernel/security/apparmor/profiles", "virt-aa-helper (enforce)\n");
    const before = tree.files();
    const old = tree.read(helper) ?? "";
    await tree.apply([check(), write, add(""), { kind: "writeFile", path: helper, text: "# packaged\n", mode: "0644", before: hash(old) }]);
    const preview = await previewRestore(tree.shell());
    expect(preview.steps.map(({ says }) => says)).toEqual(expect.arrayContaining([`${local} loses the one line that is ours`, `${own} is removed`, `loaded anew: ${helper}`]));
    await restoreOnHost(() => Promise.resolve(tree.shell()), "alice@laptop");
    const { "/.simulated/": _, "/.simulated/loaded-profiles": loaded, ...after } = tree.files();
    expect(loaded).toContain(hash(old).slice(0, 8));
    expect(after).toEqual(before);
  });
});
