// What `npm run bench -- ...` understands.
import { parseArgs } from "node:util";
import { Stop } from "./common.mjs";

/** The rows by their letters, in the order in which a round takes them. */
export const rowLetters = ["a", "b", "c", "d", "e", "f", "g"];

export const help = `npm run bench -- [OPTIONS]

Measures the same hosts with everything beside us: one real sshd on loopback, where every address of 127.0.0.0/8 is a host.
Prints medians and ratios; never fails on a time. What is measured, and how fair it is: docs/benchmarks.md

  --hosts N        hosts (default 50)
  --rounds N       rounds; every round takes every row once (default 5)
  --only LETTERS   only these rows, commas between:
                     a  ssh2 handshake and \`true\`         b  our reading of a host
                     c  our whole preview                 d  Ansible, check mode
                     e  pyinfra facts                     f  @pulumi/command
                     g  trivial dynamic resources: the engine's own floor
  --growth         also b and c at 50, 100, 200 and 1,000 hosts
  --sizes N,N      other sizes for --growth
  --recording PATH a recorded machine (\`gpuhost record\`, or a directory) for the planner and the rules
  --fleet N        instead of all this: N simulated hosts with cards, some dead, slow or refused, previewed in one stack, then carried to
                   their end by \`gpuhost rollout\` stack by stack, with a second \`pulumi up\` after that; an hour or more for 1,000 on two cores
  --stack-size N   hosts of a stack of that fleet (default 100)
  --stacks-at-once N  stacks of it that are carried out side by side (default 2)
  --json           one JSON object on standard output, progress on standard error
  --help           this text

A peer that cannot be installed is a failure of the run (exit status 1) with its name and reason; --only leaves it out on purpose.`;

const text = { type: "string" };
const flag = { type: "boolean" };
const known = { hosts: text, rounds: text, only: text, growth: flag, sizes: text, recording: text, fleet: text, "stack-size": text, "stacks-at-once": text, json: flag, help: flag };
/** Addresses that the bed has names for. */
const mostHosts = 64_000;

/** Simulated hosts that the bed has names for, and what they may share a machine with. */
const mostSimulated = 4_000;

/** {help, json, growth, recording, hosts, rounds, only, sizes, fleet, stackSize, stacksAtOnce}; `fleet` is undefined where the rows are asked for. A Stop says which word was wrong. */
export function benchOptions(words) {
  const values = parsed(words);
  const only = values.only === undefined ? rowLetters : values.only.split(",");
  const wrong = only.find((one) => !rowLetters.includes(one));
  if (wrong !== undefined) throw new Stop(`--only ${wrong}: letters of ${rowLetters.join(", ")}`);
  const strange = values.fleet === undefined ? ["stack-size", "stacks-at-once"].find((name) => values[name] !== undefined) : ["hosts", "rounds", "only", "growth", "sizes", "recording"].find((name) => values[name] !== undefined);
  if (strange !== undefined) throw new Stop(`--${strange} ${values.fleet === undefined ? "belongs to --fleet" : "has no meaning beside --fleet"}`);
  return {
    fleet: values.fleet === undefined ? undefined : count("fleet", values.fleet, undefined, mostSimulated),
    stackSize: count("stack-size", values["stack-size"], 100, mostSimulated), stacksAtOnce: count("stacks-at-once", values["stacks-at-once"], 2, 100),
    help: values.help === true, json: values.json === true, growth: values.growth === true, recording: values.recording,
    hosts: count("hosts", values.hosts, 50), rounds: count("rounds", values.rounds, 5),
    only: rowLetters.filter((one) => only.includes(one)),
    sizes: (values.sizes ?? "50,100,200,1000").split(",").map((one) => count("sizes", one)),
  };
}

function count(name, word, fallback, most = mostHosts) {
  if (word === undefined && fallback !== undefined) return fallback;
  if (!/^[1-9]\d*$/.test(word) || Number(word) > most) throw new Stop(`--${name} ${word}: a number from 1 to ${most}`);
  return Number(word);
}

function parsed(words) {
  try {
    return parseArgs({ args: words, options: known }).values;
  } catch (error) {
    throw new Stop(`${error.message}\n\n${help}`);
  }
}
