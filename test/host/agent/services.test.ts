import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { previewRestore, restoreOnHost } from "../../../provider/host/restore";
import type { Step } from "../../../provider/plan/step";
import { Tree, interpreters } from "./tree";

const path = "/etc/nova/nova.conf.d/gpuhost.conf";
const unit = "nova-compute.service";
const restart = (reading: "starts" | "ends" = "starts"): Step => ({ kind: "restartService", unit, watchSeconds: 1, reading });

const log = "/var/log/nova/nova-compute.log";
const stale = "2020-01-02 03:04:05.678 1 ERROR nova an old complaint";

/** A systemd of one unit: a restart reads the file, and ends at once where it holds "bad", or stays as a process where it holds "stuck", with these words in its log. */
function systemctl(tree: Tree, says: string): string {
  return `#!/bin/sh
state=${tree.at("/run/unit")}
case $1 in
  restart)
    echo "$2 $(cat ${tree.at(path)} 2>/dev/null || echo none)" >>${tree.at("/run/restarts")}
    now=$(date '+%Y-%m-%d %H:%M:%S') pid=$(grep -c . ${tree.at("/run/restarts")})
    echo active >$state
    if grep -q -e bad -e stuck ${tree.at(path)} 2>/dev/null; then
      printf '%s\\n' "${stale}" "$now.000 $pid ${says}" "$now.001 $pid ERROR nova Traceback (most recent call last):" "$now.001 $pid ERROR nova " >${tree.at(log)}
      grep -q stuck ${tree.at(path)} || echo failed >$state
    fi ;;
  is-active) cat $state ;;
  show) [ "$3" != LoadState ] || { echo "LoadState=$(cat ${tree.at("/run/load")} 2>/dev/null || echo loaded)"; exit; }
    echo MainPID=$(grep -c . ${tree.at("/run/restarts")}) ;;
esac
`;
}

describe.each(interpreters)("services on a host (%s)", (interpreter) => {
  let tree: Tree;
  beforeEach(() => {
    tree = new Tree(interpreter);
    tree.write("/run/unit", "active\n");
    tree.write(log, `${stale}\n`);
    tree.command("systemctl", systemctl(tree, "CRITICAL nova [-] Unhandled error: PciConfigInvalidSpec: vendor_id does not parse; rabbit://nova:secret@bus/"));
  });
  afterEach(() => tree.remove());
  const write = (text: string): Step => ({ kind: "writeFile", path, text, mode: "0644", before: "absent" });

  it("restarts a unit after its file, and is noted as reading it", async () => {
    const outcome = await tree.apply([write("good\n"), restart()]);
    expect(outcome.state).toBe("done");
    expect(tree.read("/run/restarts")).toBe(`${unit} good\n`);
    expect(tree.read("/var/lib/gpuhost/services")?.trim()).toBe(unit);
  });

  it("puts the file back, then restarts, when the unit dies of it; says why, and no password", async () => {
    const outcome = await tree.apply([write("bad\n"), restart()]);
    expect(outcome.state).toBe("failed");
    expect(outcome.says).toContain("PciConfigInvalidSpec: vendor_id does not parse");
    expect(outcome.says).not.toContain("secret");
    expect(tree.read(path)).toBeUndefined();
    expect(tree.read("/run/restarts")).toBe(`${unit} bad\n${unit} none\n`);
    expect(tree.read("/run/unit")).toBe("active\n");
    expect(tree.read("/var/lib/gpuhost/services") ?? "").not.toContain(unit);
  });

  it("is found out when it gave up and its process stays", async () => {
    const outcome = await tree.apply([write("stuck\n"), restart()]);
    expect(outcome.state).toBe("failed");
    expect(outcome.says).toMatch(/gave up soon after its restart, and its process does nothing any more: .*vendor_id does not parse/);
    expect(tree.read("/run/restarts")).toBe(`${unit} stuck\n${unit} none\n`);
  });

  it("is not said to have died of what its log holds from before: then the system's log says why", async () => {
    tree.command("systemctl", systemctl(tree, "INFO nova stops").replace(/"\$now.001[^"]*"/g, ""));
    tree.command("journalctl", "#!/bin/sh\necho 'oslo_config.cfg.ConfigFileValueError: report_interval'\n");
    const outcome = await tree.apply([write("bad\n"), restart()]);
    expect(outcome.says).toContain("ConfigFileValueError: report_interval");
    expect(outcome.says).not.toContain("old complaint");
  });

  it("that gets back what was there before says what it complained of since it was restarted last", async () => {
    await tree.apply([write("good\n"), restart()]);
    tree.write(log, `${stale}\n${new Date().toLocaleString("sv-SE")}.000 9 ERROR nova PlacementPciException: no\n`);
    const outcome = await tree.apply([{ ...restart(), saysWhy: true } as Step]);
    expect(outcome.steps[0]?.says).toMatch(/has been up for 1 s\. Before that: .*PlacementPciException: no$/);
  });

  it("is restarted by a restore too, once the file is back", async () => {
    await tree.apply([write("good\n"), restart()]);
    const shell = () => Promise.resolve(tree.shell());
    const preview = await previewRestore(await shell());
    expect(preview.steps.map((step) => step.kind)).toEqual(["restoreFile", "restartService"]);
    const outcome = await restoreOnHost(shell, "tree");
    expect(outcome.state).toBe("done");
    expect(tree.read("/run/restarts")).toBe(`${unit} good\n${unit} none\n`);
    expect(tree.read("/var/lib/gpuhost/services")).toBeUndefined();
  });

  it.each([["/run/unit", "inactive", "is left stopped"], ["/run/load", "not-found", "there is no nova-compute.service any more"]])(
    "takes the file away and starts nothing where %s says %s", async (file, state, says) => {
      await tree.apply([write("good\n"), restart()]);
      tree.write(file, `${state}\n`);
      const outcome = await tree.apply([{ kind: "restoreFile", path }, restart("ends")]);
      expect([outcome.state, outcome.steps[1]?.state, outcome.steps[1]?.says]).toEqual(["done", "unchanged", expect.stringContaining(says)]);
      expect([tree.read("/run/restarts"), tree.read(path), tree.read("/var/lib/gpuhost/services")]).toEqual([`${unit} good\n`, undefined, undefined]);
    });

  it("forgets the unit when it no longer reads a file of ours", async () => {
    await tree.apply([write("good\n"), restart()]);
    await tree.apply([{ kind: "restoreFile", path }, restart("ends")]);
    expect(tree.read("/var/lib/gpuhost/services")).toBeUndefined();
    expect((await restoreOnHost(() => Promise.resolve(tree.shell()), "tree")).says).toContain("nothing to restore");
  });
});
