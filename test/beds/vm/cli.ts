import { parseArgs } from "node:util";
import { rmSync } from "node:fs";
import { cacheRoot, toStderr } from "./cache";
import { ensureImage } from "./image";
import { startLabHost, topologies } from "./lab";
import type { LabHostOptions, TopologyName } from "./lab";
import { ensureSavedState } from "./savedState";

const help = `npm run lab -- build   builds the golden images and the saved states that npm test starts from
npm run lab -- up      starts a host, prints how to reach it, and keeps it until Ctrl-C
npm run lab -- clean   removes everything the lab has built (${cacheRoot()})
npm run lab -- openstack   a control plane instead of a host

  --kernel cloud|full|dracut|compute                                        (cloud)
                               cloud is faster, full has native drivers;
                               dracut: full, with dracut for the initramfs;
                               compute: full, with libvirt, QEMU and Nova
  --topology ${Object.keys(topologies).join("|").padEnd(22)}which cards, and where they sit          (basic, compute)
  --iommu off|on|firmwareOff   how the host was booted                      (off)
  --from saved|boot            go on from a frozen host, or boot            (saved)
  --waiting                    compute: nova-compute runs, cards are bound
`;

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Error(`--${name} ${value}: it is one of ${allowed.join(", ")}.`);
}

async function up(options: LabHostOptions): Promise<void> {
  const host = await startLabHost(options);
  process.stdout.write(`ssh ${host.sshArguments("root").join(" ")}
address      ${host.address} port ${host.port}
users        root, ops (sudo without password), opspw (sudo with password lab-sudo)
identity     ${host.identityFile}
known hosts  ${host.knownHostsFile}
Ctrl-C ends it.
`);
  const stop = (): void => void host.stop().then(() => process.exit(0));
  process.on("SIGINT", stop).on("SIGTERM", stop);
}

async function build(): Promise<void> {
  const cloud = await ensureImage("cloud", toStderr);
  await ensureSavedState({ image: cloud, topology: "basic", iommu: "off" }, toStderr);
  await ensureSavedState({ image: cloud, topology: "basic", iommu: "on" }, toStderr);
  await ensureSavedState({ image: cloud, topology: "hazards", iommu: "on" }, toStderr);
  const full = await ensureImage("full", toStderr);
  await ensureSavedState({ image: full, topology: "basic", iommu: "off" }, toStderr);
  const compute = await ensureImage("compute", toStderr);
  await ensureSavedState({ image: compute, topology: "compute", iommu: "off" }, toStderr);
  await ensureSavedState({ image: compute, topology: "compute", iommu: "on", nova: "waiting" }, toStderr);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kernel: { type: "string", default: "cloud" },
      topology: { type: "string" },
      iommu: { type: "string" },
      from: { type: "string", default: "saved" },
      waiting: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command] = positionals;
  if (values.help || command === undefined) return void process.stdout.write(help);
  if (command === "clean") return rmSync(cacheRoot(), { recursive: true, force: true });
  if (command === "build") return build();
  if (command !== "up") throw new Error(`"${command}" is no command of the lab.\n${help}`);
  const { topology, iommu } = values;
  await up({
    kernel: oneOf("kernel", values.kernel, ["cloud", "full", "dracut", "compute"]),
    from: oneOf("from", values.from, ["saved", "boot"]),
    ...(topology === undefined ? {} : { topology: oneOf("topology", topology, Object.keys(topologies) as TopologyName[]) }),
    ...(iommu === undefined ? {} : { iommu: oneOf("iommu", iommu, ["off", "on", "firmwareOff"]) }),
    ...(values.waiting ? { nova: "waiting" } : {}),
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
