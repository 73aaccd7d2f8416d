import { defineConfig } from "vitest/config";

/** On a real kernel: all of test/vm, and the VM's side of a suite that lives in another room. */
const onVm = ["test/vm/**/*.test.ts", "test/**/{vm,*.vm}.test.ts"];

/** On a real control plane of OpenStack. */
const onCloud = ["test/**/*.cloud.test.ts"];

/** In a real Chromium. */
const inBrowser = ["test/**/*.browser.test.ts"];

// Groups, one after the other, because a test that boots a machine or runs the engine needs the cores to itself.
// vitest runs groups by groupOrder and shares each group's workers among its files. Machines and control planes are one group of three:
// each of them waits a good part of its time, for a boot or for Nova.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/{engine,package,demo,faults}/**", ...inBrowser, ...onVm, ...onCloud],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // The agent's tests sleep more than they compute.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/{engine,package,demo,faults}/**/*.test.ts", ...inBrowser],
          globalSetup: ["test/beds/engine/built.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "cloud",
          include: onCloud,
          globalSetup: ["test/beds/engine/built.ts", "test/beds/openstackPlugin/built.ts"],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "vm",
          include: onVm,
          globalSetup: ["test/beds/engine/built.ts"],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "soak",
          include: ["test/**/*.soak.ts"],
          globalSetup: ["test/beds/engine/built.ts"],
          testTimeout: 4 * 3_600_000,
          hookTimeout: 3_600_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
