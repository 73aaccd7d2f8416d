import { describe, expect, it } from "vitest";
import { soakOptions } from "./soakOptions.mjs";
import { table } from "./soakTable.mjs";

describe("npm run soak", () => {
  it("runs everything without options", () => {
    expect(soakOptions([])).toEqual({ help: false, filters: [], environment: {} });
  });

  it("is limited to a bed, faults and steps", () => {
    expect(soakOptions(["--bed", "simulated", "--fault", "ssh,power", "--step", "2,10"])).toEqual({
      help: false, filters: ["test/soak/simulated"], environment: { GPUHOST_SOAK_FAULT: "ssh,power", GPUHOST_SOAK_STEP: "2,10" },
    });
  });

  it("plays seeds again", () => {
    expect(soakOptions(["--seed", "7,r12"])).toEqual({ help: false, filters: ["test/faults/faults"], environment: { GPUHOST_FAULTS_SEED: "7,r12" } });
    expect(soakOptions(["--stories", "40"])).toEqual({ help: false, filters: ["test/faults/faults"], environment: { GPUHOST_FAULTS_STORIES: "40" } });
  });

  it.each([[["--seed", "x1"], /--seed x1/], [["--bed", "cloud"], /--bed cloud: one of simulated, vm/], [["--fault", "ssh,fire"], /--fault fire/], [["--step", "0"], /--step 0: a number from 1 on/], [["--often"], /--often[^]*npm run soak/]])(
    "refuses %j", (words, says) => expect(() => soakOptions(words)).toThrow(says));

  it("prints a table that Markdown understands", () => {
    expect(table([{ bed: "vm", step: "1. a", fault: "power cut", broken: "exit 1: a|b", next: "finished", seconds: 61 }])).toBe([
      "| bed | step | fault | the broken run | the next run | s |", "| --- | --- | --- | --- | --- | --: |",
      "| vm | 1. a | power cut | exit 1: a\\|b | finished | 61 |",
    ].join("\n"));
  });
});
