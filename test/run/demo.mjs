// `npm run demo`: three simulated hosts behind real SSH, and what Pulumi shows and does with them: preview, up, the result read
// again, the next preview. Ends with an error when anything comes out other than announced.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { Stop, again, environmentWith, root, run, say, script } from "./common.mjs";
import { toolchain } from "./toolchain.mjs";

const help = `npm run demo [-- --keep] [-- --help]

Brings up three simulated hosts, previews a stack that gives tenants a graphics card of each, applies it, shows what the hosts
run then, and previews again. Needs no GPU, no login and no rights; everything lives in one temporary folder.

  --full   shows every line of the previews
  --keep   leaves the hosts up and the folder there until Ctrl-C, and says how to log in and go on with pulumi
  --help   this text
`;

const heading = (text) => process.stdout.write(`\n\u001b[1m── ${text} ${"─".repeat(Math.max(3, 96 - text.length))}\u001b[0m\n\n`.replace(/\u001b\[\d+m/g, (code) => (process.stdout.isTTY ? code : "")));
const print = (text) => void process.stdout.write(`${text}\n`);

/** The engine as somebody who is nobody: own HOME with the hosts' keys, own state in a folder, logged in nowhere. */
function engineEnvironment(tools, folder) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PULUMI_|npm_|XDG_|SSH_|NODE_OPTIONS)/.test(name)));
  for (const name of ["state", "tmp"]) mkdirSync(join(folder, name));
  return environmentWith(tools.folders, {
    ...inherited, HOME: folder, TMPDIR: join(folder, "tmp"), PULUMI_HOME: join(folder, ".pulumi"), PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "demo", PULUMI_SKIP_UPDATE_CHECK: "true",
  });
}

/** One pulumi command on the demo's stack; `show` gets each line. */
async function pulumi(demo, args, show, what) {
  const all = [...args, "--stack", "demo", "--cwd", demo.project, "--non-interactive", "--color", process.stdout.isTTY ? "always" : "never"];
  return run(demo.tools.pulumi, all, { env: demo.environment, onLine: show, what });
}

/** examples/demo with its stack configuration, where nothing of it gets into the checkout. */
function copyOfExample(folder, hosts) {
  const project = join(folder, "project");
  cpSync(join(root, "examples", "demo"), project, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  const cards = hosts.map(({ machine }) => `    ${machine.name}: { address: "0000:65:00.0", id: "10de:2231" }\n`);
  writeFileSync(join(project, "Pulumi.demo.yaml"), `config:\n  gpuhost-demo:hosts:\n${cards.join("")}`);
  return project;
}

async function bringUp(tools) {
  const { allowTypescript } = await import("./typescript.mjs");
  allowTypescript();
  const [{ Fleet }, { demoHosts }] = await Promise.all(["fleet.ts", "demoHosts.ts"].map((file) => import(pathToFileURL(join(root, "test", "beds", "simulated", file)).href)));
  const fleet = new Fleet();
  const hosts = await Promise.all(demoHosts.map((of) => fleet.add(of.machine, { faults: { ...of.faults } })));
  const demo = { tools, fleet, project: copyOfExample(fleet.folder, demoHosts), environment: engineEnvironment(tools, fleet.folder) };
  heading("Three hosts");
  print("Simulated: each host is a tree of files with a small model of the kernel, GRUB and the initramfs tools behind it.");
  print("Real: SSH with checked host keys, every script that runs on the hosts, the Pulumi engine and its state.\n");
  demoHosts.forEach(({ machine, says }, index) => print(`  ${machine.name}  ${hosts[index].address}:${hosts[index].port}  ${says}`));
  return demo;
}

/** A command that is pulumi on the demo's stack, with everything it needs around it. */
function commandFor(demo) {
  const names = ["HOME", "TMPDIR", "PATH", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"];
  const path = join(demo.fleet.folder, "pulumi");
  const variables = names.map((name) => `export ${name}='${demo.environment[name]}'\n`).join("");
  writeFileSync(path, `#!/bin/sh\n${variables}exec '${demo.tools.pulumi}' "$@" --stack demo --cwd '${demo.project}'\n`, { mode: 0o755 });
  return path;
}

const stop = async (demo) => demo.fleet.stop();

async function keepUntilInterrupted(demo) {
  heading("The hosts stay up until Ctrl-C");
  print(`  ssh -F ${demo.fleet.sshConfigFile} gpu-1      its file tree is $GPUHOST_ROOT there`);
  print(`  ${commandFor(demo)} preview --diff\n`);
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
}

await script(async () => {
  if (process.argv.includes("--help")) {
    print(help);
    return 0;
  }
  if (process.platform !== "linux") throw new Stop("The simulated hosts need Linux: /proc, named pipes, and 127.0.0.0/8 on the loopback interface.");
  // Under another Node the same script starts once more below; what was found is handed on.
  const tools = process.env.GPUHOST_TOOLS ? JSON.parse(process.env.GPUHOST_TOOLS) : await toolchain();
  process.env.GPUHOST_TOOLS = JSON.stringify(tools);
  const elsewhere = await again();
  if (elsewhere !== undefined) return elsewhere;
  await build();
  say("hosts: bringing them up");
  const demo = await bringUp(tools);
  const interrupted = () => void stop(demo).finally(() => process.exit(130));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    const { tell } = await import("./demoStory.mjs");
    await tell({ demo, pulumi, heading, print, full: process.argv.includes("--full") });
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    if (process.argv.includes("--keep")) await keepUntilInterrupted(demo);
  } finally {
    await stop(demo);
  }
});
