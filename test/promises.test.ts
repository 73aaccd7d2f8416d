import { dirname, relative, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

// A promise that nobody waits for loses its failure: an apply that failed would look done. oxlint's rule for it needs a
// second binary; the type checker that is here anyway knows as much.
const root = resolve(__dirname, "..");

/** Statements that are a promise and do nothing with it. `void f()` says that it is meant. */
function floating(checker: ts.TypeChecker, source: ts.SourceFile): string[] {
  const found: string[] = [];
  const isPromise = (type: ts.Type): boolean =>
    type.isUnion() ? type.types.some(isPromise) : type.getProperty("then") !== undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && !ts.isVoidExpression(node.expression) && isPromise(checker.getTypeAtLocation(node.expression))) {
      const assignsOrHandles = ts.isBinaryExpression(node.expression) ||
        (ts.isCallExpression(node.expression) && ts.isPropertyAccessExpression(node.expression.expression) &&
          node.expression.expression.name.text === "catch");
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      if (!assignsOrHandles) found.push(`${relative(root, source.fileName)}:${line + 1} ${node.getText(source).split("\n")[0]}`);
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
    .filter((source) => !source.isDeclarationFile && !source.fileName.includes("/node_modules/"))
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
  const text = "async function f() {}\nf();\nvoid f();\nf().catch(() => {});\nasync () => { await f(); };\n";
  host.getSourceFile = (name, ...rest) => name === "/f.ts" ? ts.createSourceFile(name, text, options.target, true) : getSourceFile(name, ...rest);
  expect(floatingIn(["/f.ts"], options, host)).toEqual([expect.stringContaining(":2 f();")]);
});
