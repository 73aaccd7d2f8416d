import { join } from "node:path";
import { defineConfig } from "vitest/config";

const room = join(import.meta.dirname, "../readiness/");

export default defineConfig({
  plugins: [{
    name: "tests-that-are-kept",
    enforce: "pre",
    resolveId: (source: string, importer: string | undefined) => (source === "vitest" && importer?.startsWith(room) ? join(import.meta.dirname, "registry.ts") : undefined),
  }],
  test: { include: ["test/mutation/mutants.run.ts"], setupFiles: ["test/mutation/seed.ts"], reporters: ["verbose"] },
});
