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
  --json           one JSON object on standard output, progress on standard error
  --help           this text

A peer that cannot be installed is a failure of the run (exit status 1) with its name and reason; --only leaves it out on purpose.`;

const text = { type: "string" };
const flag = { type: "boolean" };
const known = { hosts: text, rounds: text, only: text, growth: flag, sizes: text, recording: text, json: flag, help: flag };
/** Addresses that the bed has names for. */
const mostHosts = 64_000;

/** {help, json, growth, recording, hosts, rounds, only, sizes}; a Stop says which word was wrong. */
export function benchOptions(words) {
  const values = parsed(words);
  const only = values.only === undefined ? rowLetters : values.only.split(",");
  const wrong = only.find((one) => !rowLetters.includes(one));
  if (wrong !== undefined) throw new Stop(`--only ${wrong}: letters of ${rowLetters.join(", ")}`);
  return {
    help: values.help === true, json: values.json === true, growth: values.growth === true, recording: values.recording,
    hosts: count("hosts", values.hosts, 50), rounds: count("rounds", values.rounds, 5),
    only: rowLetters.filter((one) => only.includes(one)),
    sizes: (values.sizes ?? "50,100,200,1000").split(",").map((one) => count("sizes", one)),
  };
}

function count(name, word, fallback) {
  if (word === undefined && fallback !== undefined) return fallback;
  if (!/^[1-9]\d*$/.test(word) || Number(word) > mostHosts) throw new Stop(`--${name} ${word}: a number from 1 to ${mostHosts}`);
  return Number(word);
}

function parsed(words) {
  try {
    return parseArgs({ args: words, options: known }).values;
  } catch (error) {
    throw new Stop(`${error.message}\n\n${help}`);
  }
}
