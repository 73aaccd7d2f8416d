import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { type AppArmorRulesDesired, planAppArmorRules, undoAppArmorRules } from "../../../provider/plan/appArmorRules";
import { converged, refused } from "../../../provider/plan/plan";
import { common, libvirtPolicy } from "../../beds/simulated/libvirtPolicy";
import { ask, configuration } from "./bed";
import type { Subject } from "./suite";

const wish: AppArmorRulesDesired = { guestRules: [], restorePackaged: [] };
const local = "/etc/apparmor.d/local/abstractions/libvirt-qemu";
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** AppArmorRules on a host whose rules for guests predate the one that a resumed guest needs; read by the host's own apparmor_parser. */
export function appArmorContract(subject: () => Subject): void {
  /** Puts libvirt's rules there, unless the host has some; what it then takes away again. */
  const withPolicy = async (act: () => Promise<void>): Promise<void> => {
    const before = await configuration(subject().bed);
    const files = Object.entries({ ...common, ...libvirtPolicy() });
    const script = files.map(([path, text]) => `if [ ! -e "$R${path}" ]; then mkdir -p "$R${path.slice(0, path.lastIndexOf("/"))}"; printf '%s' '${text.replaceAll("'", "'\\''")}' >"$R${path}"; echo '${path}'; fi`).join("\n");
    const folders = (await ask(subject().bed, 'cd "$R/"; [ ! -d etc/apparmor.d ] || find etc/apparmor.d -type d')).split("\n");
    const made = (await ask(subject().bed, `${script}\ntrue`)).split("\n").filter((path) => path !== "");
    try {
      await act();
    } finally {
      const now = (await ask(subject().bed, 'cd "$R/"; find etc/apparmor.d -type d')).split("\n").filter((folder) => !folders.includes(folder)).toReversed();
      await ask(subject().bed, [...made.map((path) => `rm -f "$R${path}"`), ...now.map((folder) => `rmdir "$R/${folder}" 2>/dev/null`), "true"].join("\n"));
    }
    expect(await configuration(subject().bed)).toBe(before);
  };

  it("lets guests take their card back by one file of ours and one line, proves it from the host, and takes both away", () => withPolicy(async () => {
    const before = await configuration(subject().bed);
    await ask(subject().bed, `printf '# of a person\\n' >"$R${local}"`);
    const plan = planAppArmorRules(await subject().host.observe(), wish);
    expect([refused(plan), plan.outputs]).toEqual([false, { confinement: "apparmor", reattachAllowed: false }]);
    await subject().done("AppArmorRules", plan);
    const facts = await subject().host.observe();
    const after = planAppArmorRules(facts, wish);
    expect([converged(after), after.outputs]).toEqual([true, { confinement: "apparmor", reattachAllowed: true }]);
    // What the parser makes of the template with its includes, past our own reading of them.
    const effective = await ask(subject().bed, 'B=$R/etc/apparmor.d; PATH=$PATH:/usr/sbin:/sbin; apparmor_parser -Q -K -p -b "$B" -I "$B" "$B/libvirt/TEMPLATE.qemu" 2>/dev/null');
    expect(effective).toMatch(/^\s*\/dev\/vfio\/vfio rw,$/m);
    await ask(subject().bed, `printf '# later\\n' >>"$R${local}"`);
    await subject().done("AppArmorRules", undoAppArmorRules(await subject().host.observe(), wish));
    expect(await ask(subject().bed, `cat "$R${local}"`)).toBe("# of a person\n# later");
    expect((await subject().host.observe()).journal.files.filter(({ owner }) => owner === "AppArmorRules")).toEqual([]);
    await ask(subject().bed, `: >"$R${local}"`);
    expect(await configuration(subject().bed)).toBe(before);
  }), 300_000);

  it("writes nothing where the host's own parser does not take the rules", () => withPolicy(async () => {
    const before = await configuration(subject().bed);
    const owned = `${local}-gpuhost`;
    const outcome = await subject().steps("AppArmorRules", [
      { kind: "checkAppArmor", template: "/etc/apparmor.d/libvirt/TEMPLATE.qemu", candidates: [{ path: local, line: "/dev/vfio/vfio rw" }], rules: [] },
      { kind: "writeFile", path: owned, text: "/dev/vfio/vfio rw\n", mode: "0644", before: "absent" }, { kind: "addLine", path: local, line: "x", before: hash("") },
    ]);
    expect(outcome).toMatchObject({ state: "failed", steps: [{ state: "failed" }, { state: "not-reached" }, { state: "not-reached" }] });
    expect(outcome.says).toContain("do not parse with /etc/apparmor.d/libvirt/TEMPLATE.qemu");
    expect(await configuration(subject().bed)).toBe(before);
  }), 300_000);
}
