/** A variable of GRUB's own script language; an unset one is empty. */
export type GrubVariables = ReadonlyMap<string, string>;

/**
 * Words of one line of GRUB script (GRUB manual, "Writing full configuration files directly", Quoting): single quotes keep all,
 * double quotes keep blanks, a backslash keeps the next character, $name and ${name} stand for values, an unquoted value is split at blanks.
 */
export function grubWords(line: string, variables: GrubVariables): string[] {
  const words: string[] = [];
  let word = "";
  let started = false;
  const finish = (): void => {
    if (started) words.push(word);
    word = "";
    started = false;
  };
  for (let at = 0; at < line.length; ) {
    const c = line[at] ?? "";
    if (/[ \t\r]/.test(c)) {
      finish();
      at++;
    } else if (c === "#" && !started) break;
    else if (/[;{}&|\n]/.test(c)) {
      finish();
      if (c === ";" || c === "\n") break;
      words.push(c);
      at++;
    } else if (c === "'" || c === '"') {
      const [text, end] = quoted(line, at, variables);
      word += text;
      started = true;
      at = end;
    } else if (c === "\\") {
      word += line[at + 1] ?? "";
      started = true;
      at += 2;
    } else if (c === "$") {
      const [text, end] = variable(line, at, variables);
      const parts = text.split(/[ \t\n]+/);
      parts.forEach((part, index) => {
        if (index > 0) finish();
        if (part === "") return;
        word += part;
        started = true;
      });
      at = end;
    } else {
      word += c;
      started = true;
      at++;
    }
  }
  finish();
  return words;
}

function quoted(line: string, start: number, variables: GrubVariables): [string, number] {
  const quote = line[start];
  let text = "";
  let at = start + 1;
  while (at < line.length && line[at] !== quote) {
    const c = line[at] ?? "";
    if (quote === '"' && c === "\\" && /["$\\]/.test(line[at + 1] ?? "")) {
      text += line[at + 1] ?? "";
      at += 2;
    } else if (quote === '"' && c === "$") {
      const [inner, end] = variable(line, at, variables);
      text += inner;
      at = end;
    } else {
      text += c;
      at++;
    }
  }
  return [text, at + 1];
}

function variable(line: string, at: number, variables: GrubVariables): [string, number] {
  const match = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/.exec(line.slice(at, at + 200));
  if (match === null) return ["$", at + 1];
  return [variables.get(match[1] ?? match[2] ?? "") ?? "", at + match[0].length];
}

/** Replaces $name and ${name} in plain text, as blscfg does with the values of an entry. */
export function expandGrub(text: string, variables: GrubVariables): string {
  return text.replace(/\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g, (_, braced?: string, plain?: string) => variables.get(braced ?? plain ?? "") ?? "");
}

/** What the kernel is handed for the words after its path (grub-core/lib/cmdline.c): quotes and backslashes escaped, words with blanks in double quotes. */
export function grubKernelText(words: readonly string[]): string {
  return words.map((word) => {
    const escaped = word.replace(/[\\'"]/g, "\\$&");
    return word.includes(" ") ? `"${escaped}"` : escaped;
  }).join(" ");
}
