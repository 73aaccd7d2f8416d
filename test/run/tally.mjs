// Counts of everything that `npm test` and `npm run soak` ran, from vitest's own report and from checks that are no tests.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { node24, readJson, root, run, say } from "./common.mjs";

const results = join(root, "test-results");

export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** What failed and what was skipped, by name. */
  failures = [];
  skips = [];
  /** Test files as vitest reported them, names relative to the checkout. */
  files = [];

  fail(what) {
    this.failed += 1;
    this.failures.push(what);
  }

  /** A check that is no vitest test counts as one. `work` resolves to what is wrong, or to undefined. */
  async check(name, work) {
    const began = Date.now();
    const trouble = await work().catch((error) => error.message);
    const took = `${((Date.now() - began) / 1000).toFixed(1)} s`;
    if (trouble === undefined) {
      this.passed += 1;
      say(`${name}: passed in ${took}`);
      return;
    }
    this.fail(name);
    say(`${name}: FAILED in ${took}`);
    process.stdout.write(`${trouble.trim()}\n`);
  }

  /** A check that is a command and passes when it ends with 0. */
  command(name, file, args, options) {
    return this.check(name, async () => {
      const { status, output } = await run(file, args, options);
      return status === 0 ? undefined : output;
    });
  }

  /** Runs some of vitest's projects and adds its report up. `reporter` is what people read meanwhile. */
  async vitest(name, projects, reporter, environment, filters = []) {
    const report = join(results, `${name}.json`);
    mkdirSync(results, { recursive: true });
    rmSync(report, { force: true });
    const args = [
      join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--passWithNoTests", ...projects.map((project) => `--project=${project}`),
      `--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${report}`, ...filters,
    ];
    say(`tests: ${projects.join(", ")}`);
    const { status } = await run(node24, args, { env: environment, onLine: (line) => process.stdout.write(`${line}\n`) });
    if (existsSync(report)) this.add(name, status, readJson(report));
    else this.fail(`vitest (${name}) ended with ${status} and left no report`);
  }

  /** Adds vitest's JSON report of a run that ended with `status`. */
  add(name, status, report) {
    const failedBefore = this.failed;
    for (const { name: path, assertionResults: tests, ...file } of report.testResults) {
      const where = path.slice(root.length + 1);
      this.files.push({ where, tests });
      for (const test of tests) {
        if (test.status === "passed") this.passed += 1;
        else if (test.status === "failed") this.fail(`${where}: ${test.fullName}`);
        else this.#skip(`${where}: ${test.fullName}`);
      }
      // A file that could not be loaded, or whose set-up failed, is a failure whether or not it holds a failed test.
      if (file.status === "failed" && !tests.some((test) => test.status === "failed")) {
        this.fail(`${where}: ${file.message?.split("\n")[0] || "could not be run"}`);
      }
    }
    if (status !== 0 && this.failed === failedBefore) {
      this.fail(`vitest (${name}) ended with ${status} though every test passed: an error outside of the tests`);
    }
  }

  #skip(what) {
    this.skipped += 1;
    this.skips.push(what);
  }

  /** The last line of every run. */
  get line() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }

  /** Names what failed and what was skipped. */
  explain() {
    const list = (title, lines) => lines.length > 0 && process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
    list("Skipped", this.skips);
    list("Failed", this.failures);
    process.stdout.write("\n");
  }
}
