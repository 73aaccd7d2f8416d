import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fabricFacts, setting } from "../../provider/facts/fabric";
import type { FabricManager } from "../../provider/facts/fabricTypes";
import { absent, known, unreadable, value } from "../../provider/facts/reading";
import { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { addFunction, aHost, factsOf, gpu } from "./trees";

const packaged = "/usr/share/nvidia/nvswitch/fabricmanager.cfg";
const manager = (tree: TreeSnapshot): FabricManager => fabricFacts(tree).manager;

describe("settings of the fabric manager", () => {
  test("the last line counts, a comment and an empty value do not", () => {
    const text = value("# FABRIC_MODE=2\nFABRIC_MODE=0\r\n FABRIC_MODE = 1 \nFM_CMD_UNIX_SOCKET_PATH=\nFABRIC_MODE_RESTART=1");
    expect([setting(text, "FABRIC_MODE"), setting(text, "FABRIC_MODE_RESTART"), setting(text, "FM_CMD_UNIX_SOCKET_PATH")]).toEqual([value("1"), value("1"), absent]);
  });

  test("absent, unreadable and 0 are three answers", () => {
    expect(manager(new TreeSnapshot()).mode).toEqual(absent);
    expect(manager(new TreeSnapshot().addText(packaged, "LOG_LEVEL=4")).mode).toEqual(absent);
    expect(manager(new TreeSnapshot().addText(packaged, "FABRIC_MODE=0")).mode).toEqual(value(0));
    expect(manager(new TreeSnapshot().addFailure(packaged, "Permission denied")).mode.kind).toBe("unreadable");
    expect(manager(new TreeSnapshot().addText(packaged, "FABRIC_MODE=shared")).mode.kind).toBe("unreadable");
  });

  test("whatever stands in the file, a mode is one digit of a line that sets it", () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("FABRIC_MODE=", "FABRIC_MODE=1", "# FABRIC_MODE=2", "FABRIC_MODE_RESTART=1", "FABRIC_MODE=12")), { maxLength: 6 }), (lines) => {
      const { mode } = manager(new TreeSnapshot().addText(packaged, lines.join("\n")));
      if (mode.kind === "value") expect(lines.join("\n")).toMatch(new RegExp(`^[ \\t]*FABRIC_MODE[ \\t]*=[ \\t]*${mode.value}[ \\t\\r]*$`, "m"));
      // The last line that sets it sets it to nothing, or there is none.
      if (mode.kind === "absent") expect([...lines.join("\n").matchAll(/^FABRIC_MODE=(.*)$/gm)].at(-1)?.[1]?.trim() ?? "").toBe("");
    }));
  });
});

describe("whether the fabric manager runs", () => {
  test("not asked, not there, there", () => {
    expect(manager(new TreeSnapshot()).running).toEqual(unreadable("it was not read"));
    expect(manager(new TreeSnapshot().addAnswer("fabric-manager", "")).running.kind).toBe("unreadable");
    expect(manager(new TreeSnapshot().addAnswer("fabric-manager", "read")).running).toEqual(value(false));
    expect(manager(new TreeSnapshot().addAnswer("fabric-manager", "read\nprocess\nconfiguration /x.cfg")).running).toEqual(value(true));
  });

  test("the file that the process names counts, not the packaged one", () => {
    const answer = "read\nprocess\nconfiguration /etc/fm.cfg\nsetting FABRIC_MODE=1\nsetting FM_CMD_UNIX_SOCKET_PATH=/run/fm\norders network\npackage nvidia-fabricmanager-535 535.183.06-1\nsaved /var/tmp/fabricmanager.state";
    expect(manager(new TreeSnapshot().addText(packaged, "FABRIC_MODE=0").addAnswer("fabric-manager", answer))).toEqual({
      running: value(true), container: false, configuration: "/etc/fm.cfg", mode: value(1), restart: absent, stateFile: absent, stateSaved: true, orders: value("socket"), version: value("535.183.06"),
    });
  });

  test("a file that could not be read, and two processes, say nothing of the mode", () => {
    const of = (answer: string): string => manager(new TreeSnapshot().addText(packaged, "FABRIC_MODE=1").addAnswer("fabric-manager", answer)).mode.kind;
    expect(of("read\nprocess\nconfiguration /etc/fm.cfg\nunreadable")).toBe("unreadable");
    expect(of("read\nprocess\nconfiguration /a.cfg\nsetting FABRIC_MODE=1\nprocess\nconfiguration /b.cfg\nsetting FABRIC_MODE=0")).toBe("unreadable");
  });

  test("of two packages of different versions neither is the one that runs", () => {
    expect(manager(new TreeSnapshot().addAnswer("fabric-manager", "read\npackage nvidia-fabricmanager-535 535.183.06-1\npackage nvidia-fabricmanager-580 580.95.05-1")).version.kind).toBe("unreadable");
  });
});

test("gim: one number for all cards, and nothing where they differ", () => {
  const of = (text: string | undefined): unknown => fabricFacts(text === undefined ? new TreeSnapshot() : new TreeSnapshot().addText("/sys/module/gim/parameters/fb_sharing_mode", text)).gimSharing;
  expect([of(undefined), of("0"), of("1,1,1,1")]).toEqual([absent, value(0), value(1)]);
  for (const text of ["1,0", "on", ""]) expect(of(text)).toMatchObject({ kind: "unreadable" });
});

test("who calls a tool that blocks links", () => {
  expect(fabricFacts(new TreeSnapshot()).linkBlockers.kind).toBe("unreadable");
  expect(fabricFacts(new TreeSnapshot().addAnswer("link-blockers", "read")).linkBlockers).toEqual(value([]));
  expect(fabricFacts(new TreeSnapshot().addAnswer("link-blockers", "read\nfile /b\nfile /a")).linkBlockers).toEqual(value(["/a", "/b"]));
});

test("the XGMI hive of a card: none without a driver that says so, none for 0, and not read is not none", () => {
  const hive = (change: (tree: TreeSnapshot, path: string) => void): unknown => {
    const tree = addFunction(aHost(), gpu, { ids: "1002:738c" });
    change(tree, `/sys/bus/pci/devices/${gpu}/xgmi_hive_info/xgmi_hive_id`);
    return factsOf(tree).pciDevices[0]?.xgmiHive;
  };
  expect(hive(() => undefined)).toBeUndefined();
  expect(hive((tree, path) => tree.addText(path, "0"))).toBeUndefined();
  expect(hive((tree, path) => tree.addText(path, "13093571283691902974"))).toEqual(value("13093571283691902974"));
  expect(known(hive((tree, path) => tree.addFailure(path, "Permission denied")) as ReturnType<typeof unreadable>)).toBeUndefined();
  expect(hive((tree, path) => tree.addFailure(path, "Permission denied"))).toMatchObject({ kind: "unreadable" });
});
