import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unpackDebianPackages } from "../vm/debianPackages";
import { cacheRoot, cached, hashOf, toStderr } from "../vm/cache";
import { mustRun, mustRunAsRoot } from "../vm/process";

/** A browser, and what it has to be started with. */
export interface Chromium {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The browser without windows, and the one family of fonts that pages are drawn with on every machine. */
const packages = ["chromium-headless-shell", "chromium-common", "fonts-dejavu-core"];

/** `pulumi-gpuhost/chromium` in the user's cache folder. */
function chromiumCache(): string {
  return join(dirname(cacheRoot()), "chromium");
}

/** Debian's Chromium, by its version, unpacked into the cache: nothing is installed, and nobody has to be root. Throws where there is none. */
export async function ensureChromium(): Promise<Chromium> {
  const version = await candidate().catch(async () => {
    await mustRunAsRoot("apt-get", ["update", "-q"]);
    return candidate();
  }).catch((cause: unknown) => {
    throw new Error(`The browser tests take Chromium from Debian's packages (apt-get download ${packages.join(" ")}), and apt knows none here.`, { cause });
  });
  const root = await cached(`${version.replace(/[^\w.-]/g, "_")}-${hashOf(version, ...packages)}`, toStderr, (folder) => unpackDebianPackages(folder, packages), chromiumCache());
  const libraries = readdirSync(join(root, "usr", "lib")).filter((name) => name.endsWith("-linux-gnu")).flatMap((name) => [join(root, "usr", "lib", name), join(root, "usr", "lib", name, "pulseaudio")]);
  return { program: join(root, "usr", "lib", "chromium", "chromium-headless-shell"), env: { LD_LIBRARY_PATH: libraries.join(":"), FONTCONFIG_FILE: fonts(root) } };
}

/** The version that apt would take, of all packages whose version may move; throws where apt knows none. */
async function candidate(): Promise<string> {
  const said = await mustRun("apt-cache", ["policy", packages[0] ?? ""]);
  const version = /^ {2}Candidate: (\S+)$/m.exec(said)?.[1];
  if (version === undefined || version === "(none)") throw new Error(`apt has no candidate for ${packages[0]}`);
  return version;
}

/** Only the fonts of the bed: the same widths of text on every machine. */
function fonts(root: string): string {
  const file = join(root, "fonts.conf");
  const alias = (family: string, of: string): string => `<alias><family>${family}</family><prefer><family>${of}</family></prefer></alias>`;
  if (!existsSync(file)) writeFileSync(file, `<?xml version="1.0"?>\n<fontconfig><dir>${join(root, "usr", "share", "fonts")}</dir><cachedir>${join(root, "fontcache")}</cachedir>${alias("monospace", "DejaVu Sans Mono")}${alias("sans-serif", "DejaVu Sans")}${alias("system-ui", "DejaVu Sans")}</fontconfig>\n`);
  return file;
}
