import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InputError } from "../../../provider/errors";
import type { Connection } from "../../../provider/host/connection";
import type { Endpoint } from "../../../provider/host/ssh/endpoint";
import { resolveEndpoint } from "../../../provider/host/ssh/resolveEndpoint";
import { installOpenSsh } from "../../beds/sshd/install";

let folder: string;
let file: string;

beforeAll(() => {
  installOpenSsh();
  folder = mkdtempSync(join(tmpdir(), "gpuhost-ssh-config-"));
  file = join(folder, "config");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function resolve(text: string, host: string, changes: Partial<Connection> = {}): Endpoint {
  writeFileSync(file, text);
  return resolveEndpoint({ host, sshConfigFile: file, ...changes });
}

/** What `ssh -G` makes of the same file: each keyword's first value. */
function oracle(text: string, host: string): Map<string, string> {
  writeFileSync(file, text);
  const said = execFileSync("ssh", ["-G", "-F", file, host], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const found = new Map<string, string>();
  for (const line of said.split("\n")) {
    const [keyword = "", ...rest] = line.split(" ");
    if (!found.has(keyword)) found.set(keyword, rest.join(" "));
  }
  return found;
}

const name = fc.constantFrom("gpu1", "gpu2", "gpu1.example", "jump", "x");
const pattern = fc.constantFrom("gpu1", "gpu?", "gpu*", "*.example", "*", "!gpu2", "!jump", "x", "GPU1");
const directive = fc.oneof(
  fc.constantFrom("HostName 10.0.0.1", "HostName %h.internal", "hostname=10.0.0.2", "HostName = gpu2"),
  fc.constantFrom("Port 2222", "port 2200", "Port=22", '  Port "2022"'),
  fc.constantFrom("User root", "User debian", "User nova", "# User nobody"),
  fc.constantFrom("ConnectTimeout 7", "HostKeyAlias Known", "StrictHostKeyChecking no", ""),
);
const block = fc.oneof(
  fc.tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), fc.constantFrom("Host ", "host\t", "HOST=")).map(([patterns, keyword]) => keyword + patterns.join(" ")),
  fc.constantFrom("Match all", "Match host gpu1,10.0.0.1", "Match originalhost gpu*", "Match user root", "Match !host gpu1 user root,nova", `Match localuser ${userInfo().username}`, "Match host *.internal"),
);
const config = fc.array(fc.oneof({ weight: 1, arbitrary: block }, { weight: 2, arbitrary: directive }), { maxLength: 12 }).map((lines) => `${lines.join("\n")}\n`);

test("address, port, user and key name are the ones that ssh -G says", () => {
  fc.assert(
    fc.property(config, name, (text, host) => {
      const said = oracle(text, host);
      const found = resolve(text, host);
      expect(found).toMatchObject({ address: said.get("hostname"), port: Number(said.get("port")), user: said.get("user") });
      if (said.has("hostkeyalias")) expect(found.hostKeyNames).toEqual([said.get("hostkeyalias")?.toLowerCase()]);
      if (said.get("connecttimeout") !== "none") expect(found.connectTimeoutSeconds).toBe(Number(said.get("connecttimeout")));
    }),
    { numRuns: 200 },
  );
});

test("what the connection says itself wins over the file", () => {
  const text = "Host *\n  HostName 10.0.0.9\n  Port 2222\n  User debian\n  IdentityFile /from/file\n  IdentityAgent /from/file\n  UserKnownHostsFile /from/file\n";
  const own = { port: 1022, user: "root", identityFiles: ["/own"], agent: "/own/agent", knownHostsFiles: ["/own/known"] };
  expect(resolve(text, "gpu1", own)).toMatchObject({
    name: "gpu1",
    address: "10.0.0.9",
    port: 1022,
    user: "root",
    identityFiles: ["/own"],
    agentSocket: "/own/agent",
    knownHostsFiles: ["/own/known"],
    hostKeyNames: ["[10.0.0.9]:1022", "10.0.0.9"],
  });
});

test("paths are expanded, and every IdentityFile counts, in order", () => {
  process.env["GPUHOST_TEST_KEYS"] = "/keys";
  const text = 'Host gpu1\n  User root\n  IdentityFile ~/.ssh/%r@%h\n  IdentityFile ${GPUHOST_TEST_KEYS}/%n-%p\n  UserKnownHostsFile ~/a /b/%h\n  GlobalKnownHostsFile none\n  IdentitiesOnly yes\n  IdentityAgent none\n';
  expect(resolve(text, "gpu1")).toMatchObject({
    identityFiles: [join(homedir(), ".ssh/root@gpu1"), "/keys/gpu1-22"],
    identityFilesNamed: true,
    identitiesOnly: true,
    knownHostsFiles: [join(homedir(), "a"), "/b/gpu1"],
  });
  expect(resolve(text, "gpu1")).not.toHaveProperty("agentSocket");
});

test("included files count where they are included, and only if the block around them holds", () => {
  mkdirSync(join(folder, "parts"), { recursive: true });
  writeFileSync(join(folder, "parts", "1.conf"), "Port 2001\nHost gpu1\nUser first\n");
  writeFileSync(join(folder, "parts", "2.conf"), "Port 2002\n");
  const text = `Host gpu*\nInclude ${folder}/parts/*.conf\nUser second\n`;
  for (const host of ["gpu1", "gpu2", "x"]) {
    const said = oracle(text, host);
    expect(resolve(text, host)).toMatchObject({ port: Number(said.get("port")), user: said.get("user") });
  }
  expect(resolve(text, "gpu1")).toMatchObject({ port: 2001, user: "first" });
});

test("a file that includes itself ends as an error", () => {
  expect(() => resolve(`Include ${file}\n`, "gpu1")).toThrow(InputError);
});

test("jump hosts are read from ProxyJump, each with what the file says of it", () => {
  const text = "Host gpu1\n  ProxyJump nova@jump,[fe80::1]:2222\nHost jump\n  HostName 10.0.0.1\n  User ignored\n  ProxyJump outer\nHost outer\n  Port 2022\n";
  const { jumpHosts } = resolve(text, "gpu1");
  expect(jumpHosts.map(({ name: of, address, port, user }) => [of, address, port, user])).toEqual([
    ["outer", "outer", 2022, userInfo().username],
    ["jump", "10.0.0.1", 22, "nova"],
    ["fe80::1", "fe80::1", 2222, userInfo().username],
  ]);
});

test("trust in an unknown or pinned key is not handed down to jump hosts of the file", () => {
  const { jumpHosts } = resolve("Host gpu1\n  ProxyJump jump\n", "gpu1", { acceptUnknownHostKey: true, hostKey: "SHA256:x" });
  expect(jumpHosts[0]).toMatchObject({ acceptUnknownHostKey: false });
  expect(jumpHosts[0]).not.toHaveProperty("hostKey");
});

test("jump hosts of the connection overrule the file, also when there are none", () => {
  expect(resolve("Host *\n  ProxyJump jump\n", "gpu1", { jumpHosts: [] }).jumpHosts).toEqual([]);
});

test("hosts that jump through each other are an error", () => {
  expect(() => resolve("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n", "a")).toThrow(/more than 8 jump hosts/);
});

test.each([
  ["StrictHostKeyChecking no"],
  ["StrictHostKeyChecking accept-new"],
  ["StrictHostKeyChecking off"],
])("%s weakens nothing", (line) => {
  expect(resolve(`Host *\n  ${line}\n`, "gpu1").acceptUnknownHostKey).toBe(false);
});

test.each([
  ["Host *\n  ProxyCommand nc %h %p", /ProxyCommand nc %h %p: .*ProxyJump/],
  ["Host *\n  RevokedHostKeys /etc/ssh/revoked", /RevokedHostKeys .*@revoked/],
  ['Match host gpu1 exec "test -e /x"\n  User root', /"exec" cannot be judged/],
  ["Match final\n  User root", /"final" cannot be judged/],
  ["Host *\n  IdentityFile ~/%C", /token %C/],
  ["Host *\n  IdentityFile ${GPUHOST_NOT_SET}/x", /GPUHOST_NOT_SET is not set/],
  ["Host *\n  Port many", /port many/],
  ["Port 70000", /70000 is no TCP port/],
  ["Host *\n  ProxyJump a:b:c", /is no \[user@\]host/],
  ['Host "unclosed', /no SSH configuration/],
  ["Host", /Host stands there without a value/],
  ["User\nHostName x", /User stands there without a value/],
])("%s is refused by name", (text, message) => {
  expect(() => resolve(`${text}\n`, "gpu1")).toThrow(message);
  expect(() => resolve(`${text}\n`, "gpu1")).toThrow(InputError);
});

test("a Match that cannot be judged is no matter where another criterion already fails, and never runs its command", () => {
  const proof = join(folder, "ran");
  expect(resolve(`Match host other exec "touch ${proof}"\n  User someone\n`, "gpu1").user).not.toBe("someone");
  expect(() => resolve(`Match exec "touch ${proof}"\n  User someone\n`, "gpu1")).toThrow(InputError);
  expect(existsSync(proof)).toBe(false);
});

test("ProxyCommand none, and one that the connection's own jump hosts replace, are no matter", () => {
  expect(resolve("Host gpu1\n  ProxyCommand none\nHost *\n  ProxyCommand nc %h %p\n", "gpu1").jumpHosts).toEqual([]);
  expect(resolve("Host *\n  ProxyCommand nc %h %p\n", "gpu1", { jumpHosts: [] }).jumpHosts).toEqual([]);
});

test("a file that was named must be there", () => {
  expect(() => resolveEndpoint({ host: "gpu1", sshConfigFile: join(folder, "absent") })).toThrow(/cannot be read \(ENOENT\)/);
});
