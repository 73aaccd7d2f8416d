// Hosts that are JSON files, for tests of the flow through the engine: program and provider load this with NODE_OPTIONS=--require.
// A host is $GPUHOST_TEST_HOSTS/NAME.json:
//   machine   which machine it is; no file at all: unreachable
//   driver    driver of its one card
//   before    driver before we came; set by an apply, removed by an undo
//   refuse    a sentence: binding is refused
//   warn      a sentence that speaks against binding and does not forbid it
//   fault     "fail" (the apply fails and undoes), "stuck" (half done), "leave" (says done, did nothing), "hangs" (only a reboot ends it), "locked"
//   hold      path of a file: an apply waits until it exists
//   then      list of changes: each read of the host is followed by the next one of them
//   notReady  true: the card never gets ready
// What was asked of it is in NAME.calls, a line each.
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
require("../../../dist/controllers/kinds.js");
const { openHostsWith } = require("../../../dist/controllers/hosts.js");
const { register } = require("../../../dist/controllers/registry.js");
const errors = require("../../../dist/errors.js");

const folder = process.env.GPUHOST_TEST_HOSTS;
const fileOf = (name) => join(folder, `${name}.json`);
const note = (name, what) => appendFileSync(join(folder, `${name}.calls`), `${what}\n`);
const value = (of) => ({ kind: "value", value: of });
const absent = { kind: "absent" };

function look(name) {
  if (!existsSync(fileOf(name))) throw new errors.HostUnreachableError("connect", `${name}: connection refused`, name);
  return JSON.parse(readFileSync(fileOf(name), "utf8"));
}
const change = (name, with_) => writeFileSync(fileOf(name), JSON.stringify({ ...look(name), ...with_ }));

/** As much of the facts as the test kinds look at. */
function factsOf(name) {
  const { then = [], ...host } = look(name);
  if (then.length > 0) change(name, { ...then[0], then: then.slice(1) });
  const journal = { present: false, lock: absent, files: [], devices: [], transactions: [], trial: absent };
  return { identity: { dmiUuid: value(host.machine ?? name), machineId: value("m"), hostKey: absent }, journal, test: host };
}

async function carryOut(name, { steps, owner }, progress) {
  const { fault, hold } = look(name);
  note(name, `apply ${owner}`);
  if (fault === "locked") throw new errors.LockedError("locked", `${name}: the lock is held by alice`, name);
  progress("working on it");
  while (hold && !existsSync(hold)) await new Promise((resolve) => setTimeout(resolve, 20));
  const [{ from, to }] = steps[0].functions;
  const outcome = (state, says) => ({ state, says, steps: [] });
  if (fault === "fail") return outcome("failed", "the unbind failed.");
  if (fault === "stuck") { change(name, { driver: "none", before: from }); return outcome("stuck", "the probe failed."); }
  if (fault === "hangs") return outcome("needs-reboot", "the unbind does not end.");
  if (fault !== "leave") change(name, { driver: to, before: owner.startsWith("undo") ? undefined : look(name).before ?? from });
  return outcome("done", "");
}

openHostsWith(async (connection, { resolveSecret }) => {
  const name = connection.host;
  if (connection.passphrase) note(name, `secret ${(await resolveSecret(connection.passphrase.config)) ?? "missing"}`);
  look(name);
  return {
    name,
    observe: async () => { note(name, "observe"); return factsOf(name); },
    apply: (transaction, progress = () => undefined) => carryOut(name, transaction, progress),
    waitForBoot: async () => undefined,
    close: async () => undefined,
  };
});

const rebind = (from, to) => [{ kind: "rebind", functions: [{ address: "0000:41:00.0", ids: "", from, to }], deadlineSeconds: 1 }];
const finding = (severity, says) => ({ rule: "test", severity, addresses: [], says, remedy: "Choose another." });

/** {driver: string, labels?: map, count?: number} */
function parse({ connection, driver, labels, count }) {
  const errorList = [];
  if (typeof connection?.host !== "string") errorList.push({ path: "connection.host", reason: "required" });
  if (typeof driver !== "string" || driver === "") errorList.push({ path: "driver", reason: "required: the name of a driver" });
  if (count !== undefined && typeof count !== "number") errorList.push({ path: "count", reason: "must be a number" });
  if (labels !== undefined && typeof labels !== "object") errorList.push({ path: "labels", reason: "must be a map" });
  return errorList.length > 0 ? { errors: errorList } : { desired: { driver } };
}

register({
  kind: "TestBinding",
  outputs: ["driverNow", "maybe"],
  parse,
  plan({ test }, { driver }) {
    const findings = test.refuse ? [finding("refuse", test.refuse)] : test.warn ? [finding("warn", test.warn)] : [];
    const isDone = test.driver === driver;
    return {
      steps: isDone || test.refuse ? [] : rebind(test.driver, driver),
      lines: isDone ? {} : { "device 0000:41:00.0": `driver ${test.driver} -> ${driver}` },
      observed: `driver ${test.driver}`,
      findings,
      outputs: { driverNow: test.driver, maybe: undefined },
    };
  },
  undo({ test }) {
    const findings = test.guest ? [finding("refuse", "Guest web-1 holds 0000:41:00.0.")] : [];
    if (test.before === undefined || test.before === test.driver) return { steps: [], lines: {}, observed: "", findings };
    return { steps: rebind(test.driver, test.before), lines: { "device 0000:41:00.0": `driver ${test.driver} -> ${test.before}` }, observed: "", findings };
  },
});

register({
  kind: "TestVerification",
  outputs: ["ready"],
  unread: { ready: false },
  leavesNothing: () => true,
  parse,
  plan({ test }, { driver }) {
    const ready = test.driver === driver && !test.notReady;
    return {
      steps: [], lines: { "device 0000:41:00.0": "will be verified from a fresh read" },
      observed: `driver ${test.driver}, ready ${ready}`, findings: ready ? [] : [finding("warn", `The driver is ${test.driver}.`)], outputs: { ready },
    };
  },
  undo: () => ({ steps: [], lines: {}, observed: "", findings: [] }),
  status: ({ outputs }) => (outputs.ready ? "ready" : "not-ready"),
});
