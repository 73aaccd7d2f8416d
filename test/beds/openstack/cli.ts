import { rmSync } from "node:fs";
import { startControlPlane } from "./controlPlane";
import { installOpenStack, openstackCache } from "./install";
import { ensureSnapshot } from "./snapshot";

const help = `npm run lab -- openstack build   installs Keystone, Placement, Nova and Neutron, and bootstraps the empty cloud that
                                 npm test starts from
npm run lab -- openstack up      starts it with a compute host that is not real, prints how to reach it, and keeps it
                                 until Ctrl-C
npm run lab -- openstack clean   removes all of that (${openstackCache()})
`;

const say = (line: string): void => void process.stderr.write(`openstack: ${line}\n`);

const cards = ["0000:3b:00.0", "0000:af:00.0"].map((address) => ({ address, vendorId: "10de", productId: "20b5" }));
const alias = { name: "a100", vendor_id: "10de", product_id: "20b5", device_type: "type-PCI" };

async function up(): Promise<void> {
  const plane = await startControlPlane({
    progress: say, aliases: [alias], fakeComputes: [{ devices: cards, deviceSpecs: cards.map(({ address }) => ({ address })) }],
  });
  process.stdout.write(Object.entries(plane.environment()).map(([name, value]) => `export ${name}=${value}\n`).join(""));
  say(`API, scheduler and conductor read drop-ins from ${plane.dropIns}; Ctrl-C ends everything`);
  const stop = (): void => void plane.close().then(() => process.exit(0));
  process.on("SIGINT", stop).on("SIGTERM", stop);
}

async function main(): Promise<void> {
  const [command] = process.argv.slice(process.argv.indexOf("openstack") + 1);
  if (command === "clean") return rmSync(openstackCache(), { recursive: true, force: true });
  if (command === "build") return void (await ensureSnapshot(await installOpenStack(say), say));
  if (command === "up") return up();
  if (command !== undefined && command !== "--help") throw new Error(`"${command}" is no command of the OpenStack bed.\n${help}`);
  process.stdout.write(help);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
