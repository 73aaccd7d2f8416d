import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached, hashOf, toStderr } from "./cache";
import type { Progress } from "./cache";
import type { LabHost } from "./labHost";
import { ensureMachine, guestSources } from "./machine";
import { mustRun } from "./process";

const script = join(__dirname, "mdev", "build.sh");

/** Drivers of the kernel's own that make mediated devices of nothing: serial ports and a small display. */
const samples = ["mtty", "mdpy"] as const;

/** The modules, built for the kernel that the host runs; 140 MB are fetched the first time. */
async function ensureSamples(release: string, version: string, progress: Progress): Promise<string> {
  return cached(`mdev-${release}-${hashOf(readFileSync(script, "utf8"), release, version)}`, progress, async (building) => {
    await ensureMachine(progress, ["make", "xz-utils"]);
    const sources = join(building, "sources.list");
    writeFileSync(sources, await guestSources());
    progress(`fetching Debian's source of Linux ${version} and building samples/vfio-mdev`);
    await mustRun("sh", [script, building, sources, release, version]);
  });
}

/** Installs the samples on a host with the ordinary kernel, as an administrator would: they are loaded now and at every boot. */
export async function installMdevSamples(host: LabHost, progress: Progress = toStderr): Promise<void> {
  const [release = "", version = ""] = (await host.read("uname -r; dpkg-query -W -f '${Version}' linux-image-$(uname -r)")).split("\n");
  const folder = await ensureSamples(release, version, progress);
  for (const name of samples) {
    const text = readFileSync(join(folder, `${name}.ko`)).toString("base64");
    await host.read(`mkdir -p /lib/modules/${release}/extra && base64 -d >/lib/modules/${release}/extra/${name}.ko`, { input: text });
  }
  await host.read(`printf '${samples.join("\\n")}\\n' >/etc/modules-load.d/mdev-samples.conf && depmod ${release} && modprobe -a ${samples.join(" ")}`);
}
