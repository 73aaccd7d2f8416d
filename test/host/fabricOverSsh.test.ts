import { afterAll, beforeAll, expect, test } from "vitest";
import { sshHost } from "../../provider/host/sshHost";
import { judge } from "../../provider/readiness/judge";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, endpoint, machine, rootPort } from "../beds/simulated/machine";

const configuration = "/usr/share/nvidia/nvswitch/fabricmanager.cfg";
const h100 = (address: string, parent: string, group: number) => endpoint({ address, parent, vendor: "10de", device: "2330", class: "030200", driver: null, group });
let fleet: Fleet;
let host: SimulatedHost;

beforeAll(async () => {
  fleet = new Fleet();
  host = await fleet.add(machine("hgx", { functions: [
    rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
    rootPort("0000:64:00.0", 14), h100("0000:65:00.0", "0000:64:00.0", 15), rootPort("0000:66:00.0", 16), h100("0000:67:00.0", "0000:66:00.0", 17),
    rootPort("0000:68:00.0", 18), endpoint({ address: "0000:69:00.0", parent: "0000:68:00.0", vendor: "10de", device: "22a3", class: "068000", driver: null, group: 19 }),
  ] }), { bootSeconds: 0 });
});
afterAll(() => fleet.stop());

async function judged(): Promise<string[]> {
  const reached = await sshHost({ host: host.address, port: host.port, user: "root", identityFiles: [fleet.keyFile], knownHostsFiles: [fleet.knownHostsFile], agent: false });
  try {
    const card = judge(await reached.observe()).gpus.find(({ address }) => address === "0000:65:00.0");
    const found = card?.findings.find(({ rule }) => rule === "shared-fabric");
    return [card?.verdict ?? "", `${found?.severity} ${found?.addresses.join(" ")}`, found?.says ?? ""];
  } finally {
    await reached.close();
  }
}

test("a board behind NVSwitches, read over SSH: no fabric manager, one without partitions, one with them", async () => {
  // A simulated host has no processes of its own beside ours, so which of them run is the bed's word; all else is read.
  const runs = (word: string): void => host.files.write("/gpuhost/answers/fabric-manager", word);
  expect(await judged()).toMatchObject(["unknown", "warn 0000:65:00.0 0000:67:00.0", expect.stringContaining("could not be read")]);
  runs("read");
  host.files.write("/etc/systemd/system/block.service", "[Service]\nExecStart=/opt/nvidia_gpu_tools.py --devices gpus --block-all-nvlinks");
  expect(await judged()).toMatchObject(["refused", "refuse 0000:65:00.0 0000:67:00.0", expect.stringMatching(/no fabric manager runs on this host.*block\.service calls a tool that blocks links; that it did is not shown\.$/)]);
  runs(`read\nprocess\nconfiguration ${configuration}\norders loopback`);
  host.files.write(configuration, "LOG_LEVEL=4\nFABRIC_MODE=0");
  expect(await judged()).toMatchObject(["refused", "refuse 0000:65:00.0 0000:67:00.0", expect.stringContaining("FABRIC_MODE is 0, or not set")]);
  host.files.write(configuration, "LOG_LEVEL=4\nFABRIC_MODE=1\nFABRIC_MODE_RESTART=1");
  expect(await judged()).toMatchObject(["bindable", "note 0000:65:00.0", expect.stringContaining("keeps guests apart by partitions")]);
});
