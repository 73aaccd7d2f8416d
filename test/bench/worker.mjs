// A process of its own for rows a and b, so that what the bench itself holds and does is no part of them:
// `worker.mjs floor|observe FILE` prints {"seconds", "peakKilobytes"}. The time begins when everything is loaded.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [what, file] = process.argv.slice(2);
/** {hosts: [address], concurrency, floor: {port, username, key file, host key}}; the rest of how a host is reached is in ~/.ssh/config. */
const plan = JSON.parse(readFileSync(file, "utf8"));

/** Handshake with the host key checked, login, `true`, goodbye: nothing that reads a host over SSH can do with less. */
function floor() {
  const { Client, utils } = require("ssh2");
  const { port, username, keyFile, hostKey } = plan.floor;
  const privateKey = readFileSync(keyFile);
  const expected = utils.parseKey(hostKey).getPublicSSH();
  return (host) => new Promise((resolve, reject) => {
    const client = new Client();
    client.on("error", reject);
    client.on("ready", () => client.exec("true", (error, channel) => {
      if (error) return reject(error);
      channel.on("exit", (code) => (code === 0 ? client.end() : reject(new Error(`${host}: true ended with ${code}`))));
      channel.on("close", resolve).resume();
    }));
    client.connect({ host, port, username, privateKey, hostVerifier: (key) => key.equals(expected), algorithms: { serverHostKey: ["ssh-ed25519"] } });
  });
}

/** What a preview does with a host before it plans: the same functions, in the same order. */
function observe() {
  const { sshHost } = require("../../dist/host/sshHost.js");
  const { observeSettled } = require("../../dist/controllers/observeSettled.js");
  return async (name) => {
    const host = await sshHost({ host: name, sudo: { mode: "never" } });
    const facts = await observeSettled(host, () => {});
    await host.close();
    if (facts.pciDevices.length !== plan.functions) throw new Error(`${name}: ${facts.pciDevices.length} functions read of ${plan.functions}`);
  };
}

const work = what === "floor" ? floor() : observe();
const left = [...plan.hosts];
const begun = performance.now();
await Promise.all(Array.from({ length: Math.min(plan.concurrency, left.length) }, async () => {
  for (let host = left.shift(); host !== undefined; host = left.shift()) await work(host);
}));
const seconds = (performance.now() - begun) / 1000;
process.stdout.write(JSON.stringify({ seconds, peakKilobytes: process.resourceUsage().maxRSS }));
process.exit(0);
