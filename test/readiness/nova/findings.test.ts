import { expect, test } from "vitest";
import type { TreeSnapshot } from "../../../provider/facts/treeSnapshot";
import { judgeNova, novaFindings, novaRelease } from "../../../provider/readiness/nova/report";
import { aCard, addFunction, audio, factsOf, gpu } from "../../facts/trees";

const service = (name: string, ...args: string[]): string => [`service proc/${name.length}`, `program ${name}`, ...args.map((argument) => `argument ${argument}`)].join("\n");

/** A host with these files in /etc/nova and these services. */
function host(files: Readonly<Record<string, string>>, services: readonly string[] = [], tree: TreeSnapshot = aCard()): TreeSnapshot {
  for (const [name, text] of Object.entries(files)) tree.addText(`/etc/nova/${name}`, text);
  return services.length === 0 ? tree : tree.addAnswer("nova-services", services.join("\n"));
}

function found(tree: TreeSnapshot): Map<string, string> {
  return new Map(novaFindings(factsOf(tree)).map(({ rule, severity, says }) => [rule, `${severity}: ${says}`]));
}

const spec = (of: object): string => `[pci]\ndevice_spec = ${JSON.stringify(of)}\n`;
const alias = (of: object): string => `[pci]\nalias = ${JSON.stringify({ name: "g", vendor_id: "10de", product_id: "20b5", ...of })}\n`;
const placement = "[filter_scheduler]\npci_in_placement = true\n";
const reporting = "report_in_placement = yes\n";
const nf = "nova-file-not-read";

test.each<readonly [string, TreeSnapshot, RegExp]>([
  ["nova-unknown-key", host({ "nova.conf": spec({ address: gpu, manged: "no" }) }), /^warn: .*silently ignores "manged"/],
  ["nova-everything-exposed", host({ "nova.conf": spec({ physical_network: "p" }) }), /^warn: .*every PCI device/],
  ["nova-spec-wide", host({ "nova.conf": spec({ address: "*:65:*.*" }) }), /^note: .*plugged in later/],
  ["nova-companion-exposed", host({ "nova.conf": spec({ vendor_id: "10de" }) }), new RegExp(`^warn: .*${audio}`)],
  ["nova-devname-with-placement", host({ "nova.conf": spec({ devname: "eth0" }) + reporting }), /^warn: .*devname/],
  ["nova-key-without-effect", host({ "nova.conf": spec({ address: gpu, resource_class: "PGPU" }) }), /^warn: .*report_in_placement is off/],
  ["nova-pf-with-vfs", host({ "nova.conf": spec({ vendor_id: "10de" }) + reporting }, [], addFunction(aCard(), "0000:65:00.4").addLink("/sys/bus/pci/devices/0000:65:00.4/physfn", `../${gpu}`)), /^warn: .*0000:65:00\.4: nova-compute does not start/],
  ["nova-duplicate-alias", host({ "nova.conf": alias({}) + alias({ product_id: "20b6" }) + placement }), /^warn: .*not allow/],
  ["nova-alias-without-ids", host({ "nova.conf": '[pci]\nalias = {"name":"g"}\n' }), /^warn: .*release 32/],
  ["nova-alias-device-type", host({ "nova.conf": alias({ device_type: "type-PCI" }) }, [], aCard({ gpu: { attributes: { sriov_totalvfs: "16" } } })), /^warn: .*type-PF/],
  ["nova-deprecated-option", host({ "nova.conf": "[DEFAULT]\npci_alias = {}\n" }), /^note: .*\[DEFAULT\]pci_alias/],
  ["nova-list-accumulated", host({ "nova.conf": spec({ address: gpu }), "nova.conf.d/a.conf": spec({ address: "0000:66:00.0" }) }), /^note: .*adds to the list/],
  ["nova-value-twice", host({ "nova.conf": spec({ address: gpu }), "nova.conf.d/a.conf": spec({ address: gpu }) }), /^note: /],
  ["nova-value-interpolated", host({ "nova.conf": spec({ address: "$my_ip" }) }), /^warn: .*my_ip/],
  ["nova-scalar-overridden", host({ "nova.conf": "[pci]\nreport_in_placement = false\n", "nova.conf.d/a.conf": `[pci]\n${reporting}` }, [service("nova-compute", "--config-file", "/etc/nova/nova.conf")]), /^warn: .*a\.conf does not count: nova-compute reads \/etc\/nova\/nova\.conf later/],
  ["nova-file-fault", host({ "nova.conf": "[pci]\n?7 continuation\n" }), /^warn: \/etc\/nova\/nova\.conf, line 7: /],
  [nf, host({ "nova.conf": "[pci]\n" }, [service("nova-compute", "--config-file", "/etc/gone.conf")]), /^warn: .*\/etc\/gone\.conf.*no such file/],
  ["nova-foreign-manager", host({ "nova.conf": "[pci]\n" }).addAnswer("nova-managers", "kolla /etc/kolla/nova-compute"), /^warn: .*kolla/],
  ["nova-filter-missing", host({ "nova.conf": "[filter_scheduler]\nenabled_filters = ComputeFilter\n" }, [service("nova-scheduler")]), /^warn: .*nova\.conf lacks it/],
  ["nova-aliases-differ", host({ "nova.conf": "[pci]\n", "nova-compute.conf": alias({}) }, [service("nova-compute"), ["service proc/9", "program uwsgi", "names nova-api-wsgi"].join("\n")]), /^warn: nova-api has other aliases/],
])("%s", (rule, tree, says) => {
  expect(found(tree).get(rule)).toMatch(says);
});

test("a configuration that is as it should be has no finding, and neither has a host without Nova", () => {
  expect(found(host({ "nova.conf": `${spec({ address: gpu })}${alias({})}[filter_scheduler]\nenabled_filters = ComputeFilter, PciPassthroughFilter\n` }, [service("nova-compute"), service("nova-scheduler")]))).toEqual(new Map());
  expect([judgeNova(factsOf(aCard())), novaFindings(factsOf(aCard()))]).toEqual([undefined, []]);
});

test("values are judged in the service that reads them, each once", () => {
  const facts = factsOf(host({ "nova.conf": spec({ devname: "eth0" }) + alias({ device_type: "type-PCI" }), "nova-compute.conf": `[pci]\n${reporting}` }, [service("nova-compute"), service("nova-conductor")]));
  const nova = judgeNova(facts);
  expect(nova?.deviceSpec.map(({ verdict, file, option }) => [verdict, file, option])).toEqual([["reject", "/etc/nova/nova.conf", "[pci]device_spec"]]);
  expect(nova?.alias.map(({ verdict }) => verdict)).toEqual(["accept"]);
  expect(nova?.files).toEqual([{ path: "/etc/nova/nova.conf", readBy: ["nova-compute", "nova-conductor"] }, { path: "/etc/nova/nova-compute.conf", readBy: ["nova-compute"] }]);
});

test.each([
  ["nova-34.0.0.dist-info", 34], ["nova-27.1.0-py3.9.egg-info", 27], ["nova-31.0.1.dev12.dist-info", 31],
])("the release of %s is %i", (installed, major) => {
  expect(novaRelease(factsOf(aCard().addAnswer("nova-installed", `installed ${installed}`)).nova)).toEqual({ major, certain: true });
});

test("a Debian package has an epoch, and a service knows its own release best", () => {
  const tree = aCard().addAnswer("nova-installed", "dpkg nova-common 2:26.2.2-1~deb12u3").addAnswer("nova-services", `${service("nova-compute")}\ninstalled nova-31.0.0.dist-info`);
  const { nova } = factsOf(tree);
  expect([novaRelease({ ...nova, services: [] }).major, novaRelease(nova, nova.services?.[0]).major, novaRelease({ ...nova, services: [], installed: [] })]).toEqual([26, 31, { major: 34, certain: false }]);
});
