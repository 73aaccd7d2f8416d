// What `npm run soak -- ...` understands.
import { parseArgs } from "node:util";
import { Stop } from "./common.mjs";

export const help = `npm run soak -- [OPTIONS] [FOLDER...]

A fault at every step of an \`up\` of one host, each followed by \`pulumi cancel\` and one ordinary \`pulumi up\` that has to
finish the work; then an empty preview, and a destroy that puts everything back byte for byte. Without options: every long
test of every bed, hours on a small machine.

  --bed simulated|vm           only this bed
  --fault ssh|provider|lingering|power
                               only this fault; several with commas between (lingering: simulated hosts only)
  --step N                     only at this step (numbers are in the table); several with commas between
  --stories N                  only the faults at random: so many stories of fresh hosts, and twice as many of readings (default 300)
  --seed N|rN                  only these of them again, as a failure names them (rN: a story of readings); commas between
  --help                       this text`;

const choices = { bed: ["simulated", "vm"], fault: ["ssh", "provider", "lingering", "power"] };

/** {help} or {filters, environment}: what vitest is to run, and what it is told. */
export function soakOptions(words) {
  const { values, positionals } = parsed(words);
  for (const [name, allowed] of Object.entries(choices)) {
    const wrong = values[name]?.split(",").find((one) => !allowed.includes(one));
    if (wrong !== undefined) throw new Stop(`--${name} ${wrong}: one of ${allowed.join(", ")}`);
  }
  if (values.step !== undefined && !/^[1-9]\d*(,[1-9]\d*)*$/.test(values.step)) throw new Stop(`--step ${values.step}: a number from 1 on`);
  if (values.stories !== undefined && !/^[1-9]\d*$/.test(values.stories)) throw new Stop(`--stories ${values.stories}: a number from 1 on`);
  if (values.seed !== undefined && !/^r?\d+(,r?\d+)*$/.test(values.seed)) throw new Stop(`--seed ${values.seed}: a number, or r and a number`);
  const environment = {
    ...(values.stories && { GPUHOST_FAULTS_STORIES: values.stories }),
    ...(values.seed && { GPUHOST_FAULTS_SEED: values.seed }),
    ...(values.fault && { GPUHOST_SOAK_FAULT: values.fault }),
    ...(values.step && { GPUHOST_SOAK_STEP: values.step }),
  };
  const limited = ["bed", "fault", "step"].some((name) => name in values);
  const random = values.stories !== undefined || values.seed !== undefined ? ["test/faults/faults"] : [];
  const matrix = limited ? (values.bed ?? "").split(",").map((one) => `test/soak/${one}`) : [];
  return { help: values.help === true, filters: [...matrix, ...random, ...positionals], environment };
}

function parsed(words) {
  const text = { type: "string" };
  try {
    return parseArgs({ args: words, allowPositionals: true, options: { bed: text, fault: text, step: text, stories: text, seed: text, help: { type: "boolean" } } });
  } catch (error) {
    throw new Stop(`${error.message}\n\n${help}`);
  }
}
