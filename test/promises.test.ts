import { dirname, relative, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

// A promise that nobody waits for loses its failure: an apply that failed would look done. oxlint's rule for it needs a
// second binary; the type checker that is here anyway knows as much.
const root = resolve(__dirname, "..");

/** A call of `.catch(f)`, or of `.then(f, g)`: somebody hears of the failure. */
function isHandled(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const method = node.expression.name.text;
  return method === "catch" || (method === "then" && node.arguments.length === 2);
}

/** Statements that are a promise and do nothing with it. `void f()` says that it is meant. */
function floating(checker: ts.TypeChecker, source: ts.SourceFile): string[] {
  const found: string[] = [];
  const isPromise = (type: ts.Type): boolean =>
    type.isUnion() ? type.types.some(isPromise) : type.getProperty("then") !== undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node)) {
      const { expression } = node;
      const keeps = ts.isVoidExpression(expression) || ts.isBinaryExpression(expression) || isHandled(expression);
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      if (!keeps && isPromise(checker.getTypeAtLocation(expression))) {
        found.push(`${relative(root, source.fileName)}:${line + 1} ${node.getText(source).split("\n")[0]}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Floating promises of the program made of `files`. */
function floatingIn(files: string[], options: ts.CompilerOptions, host?: ts.CompilerHost): string[] {
  const program = ts.createProgram(files, options, host);
  return program.getSourceFiles()
    .filter((source) => /(?<!\.d)\.ts$/.test(source.fileName) && !source.fileName.includes("/node_modules/"))
    .flatMap((source) => floating(program.getTypeChecker(), source));
}

it("leaves no promise floating", () => {
  const file = resolve(root, "test", "tsconfig.json");
  const config = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, dirname(file));
  expect(config.fileNames.length).toBeGreaterThan(10);
  expect(floatingIn(config.fileNames, config.options)).toEqual([]);
});

it("finds one where there is one", () => {
  const options = { target: ts.ScriptTarget.ES2022 };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const text = "async function f() {}\nf();\nvoid f();\nf().catch(() => {});\nf().then(f);\nf().then(f, f);\nasync () => { await f(); };\n";
  host.getSourceFile = (name, ...rest) => name === "/f.ts" ? ts.createSourceFile(name, text, options.target, true) : getSourceFile(name, ...rest);
  expect(floatingIn(["/f.ts"], options, host)).toEqual([expect.stringContaining(":2 f();"), expect.stringContaining(":5 f().then(f);")]);
});
