import { readFile } from "node:fs/promises";
import { InputError } from "../../errors";
import type { ConnectOptions, SecretSource } from "../connection";

/** The secret's value. Errors name the source, never the value. `use` is the connection's field it stands in. */
export async function readSecret(source: SecretSource, use: string, host: string, options: ConnectOptions): Promise<string> {
  const fail = (what: string): InputError => new InputError("secret-missing", `${host}: ${use}: ${what}`, host);
  if ("environment" in source) {
    const value = process.env[source.environment];
    if (!value) throw fail(`the environment variable ${source.environment} is not set.`);
    return value;
  }
  if ("file" in source) return readSecretFile(source.file, fail);
  if (options.resolveSecret === undefined) {
    throw fail(`the stack configuration secret "${source.config}" can only be read within a stack; name a file or an environment variable.`);
  }
  const value = await options.resolveSecret(source.config);
  if (!value) throw fail(`the stack configuration has no secret "${source.config}": pulumi config set --secret ${source.config}`);
  return value;
}

async function readSecretFile(file: string, fail: (what: string) => InputError): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw fail(`the file ${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`);
  }
  const value = text.replace(/\r?\n$/, "");
  if (value === "") throw fail(`the file ${file} is empty.`);
  return value;
}
