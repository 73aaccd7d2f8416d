/** How a service was started, as far as its configuration files go. */
export interface Invocation {
  /** Arguments after the program, or all of them: only --config-file and --config-dir are looked at. */
  readonly args: readonly string[];
  /** Name of the program: the second default file is PROGRAM.conf. */
  readonly program: string;
  readonly project: string;
  /** Where defaults are looked for, the first that has one wins: ~/.nova, ~, /etc/nova, /etc, then the snap's. */
  readonly directories: readonly string[];
  /** Default files that the program itself names instead (WSGI: OS_NOVA_CONFIG_DIR and OS_NOVA_CONFIG_FILES). */
  readonly defaultFiles?: readonly string[];
}

export interface OrderedFile {
  readonly path: string;
  /** Why it is read: an argument, or because it is where defaults are. */
  readonly from: "default-file" | "default-directory" | "argument-file" | "argument-directory";
}

const kinds = { "--config-file": "argument-file", "--config-dir": "argument-directory" } as const;

/** Files and directories of the arguments, in their order. */
export function configurationArguments(args: readonly string[]): { kind: "argument-file" | "argument-directory"; path: string }[] {
  return args.flatMap((argument, index) => {
    for (const [name, kind] of Object.entries(kinds)) {
      if (argument === name) return args[index + 1] === undefined ? [] : [{ kind, path: args[index + 1] ?? "" }];
      if (argument.startsWith(`${name}=`)) return [{ kind, path: argument.slice(name.length + 1) }];
    }
    return [];
  });
}

/**
 * The files in the order in which oslo.config reads them; of a scalar the last one wins (oslo_config/cfg.py, _parse_config_files). Defaults are read
 * first: default files unless an argument names a file, then default directories unless an argument names a directory, then the arguments.
 * So a drop-in of /etc/nova/nova.conf.d loses to a file that the command line names. `there`: every path of a file that exists; a file that is
 * missing is passed over where it is a default, and is in the list where an argument names it (the service does not start then).
 */
export function fileOrder(invocation: Invocation, there: Iterable<string>): OrderedFile[] {
  const paths = [...there];
  const named = configurationArguments(invocation.args);
  const found = (extension: string): string[] =>
    [invocation.project, invocation.program].flatMap((name) => {
      const candidates = invocation.directories.map((directory) => `${directory}/${name}${extension}`);
      return candidates.filter((path) => paths.some((one) => one === path || one.startsWith(`${path}/`))).slice(0, 1);
    });
  const files = invocation.defaultFiles ?? found(".conf");
  return [
    ...(named.some(({ kind }) => kind === "argument-file") ? [] : files.map((path): OrderedFile => ({ path, from: "default-file" }))),
    ...(named.some(({ kind }) => kind === "argument-directory") ? [] : found(".conf.d").flatMap((path) => inside(path, paths, "default-directory"))),
    ...named.flatMap(({ kind, path }) => (kind === "argument-file" ? [{ path, from: kind }] : inside(path.replace(/\/+$/, ""), paths, kind))),
  ];
}

/** *.conf of a directory by code point, hidden ones left out. */
function inside(directory: string, paths: readonly string[], from: OrderedFile["from"]): OrderedFile[] {
  const own = paths.filter((path) => path.startsWith(`${directory}/`) && /^[^./][^/]*\.conf$/.test(path.slice(directory.length + 1)));
  return own.sort().map((path) => ({ path, from }));
}
