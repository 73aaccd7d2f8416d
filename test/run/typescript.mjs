// Lets a script behind an npm command import the test beds, which are TypeScript whose imports name no extension.
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** From here on `import` and `require` take .ts files of this checkout, compiled in memory; types are not checked. */
export function allowTypescript() {
  const ts = createRequire(import.meta.url)("typescript");
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  registerHooks({
    resolve(name, context, next) {
      const own = context.parentURL?.endsWith(".ts") && /^\.\.?\//.test(name);
      return next(own ? `${name}.ts` : name, context);
    },
    load(url, context, next) {
      if (!url.endsWith(".ts")) return next(url, context);
      const file = fileURLToPath(url);
      const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions, fileName: file });
      return { format: "commonjs", source: outputText, shortCircuit: true };
    },
  });
}
