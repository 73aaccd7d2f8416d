import type { Reading } from "./reading";

/** One token of a kernel command line, split by the kernel's rule (lib/cmdline.c next_arg: double quotes only, first `=`). */
export interface KernelArgument {
  readonly name: string;
  /** null: no `=` at all. */
  readonly value: string | null;
}

export interface KernelCommandLineFacts {
  readonly running: Reading<readonly KernelArgument[]>;
  /** What the boot loader configuration passes at the next boot: `grub.cfg`'s default entry where it was read, else /etc/default/grub. */
  readonly nextBoot: Reading<readonly KernelArgument[]>;
}

/** One boot entry as `grub.cfg` or BLS has it. */
export interface BootEntry {
  readonly id: string;
  readonly title: string;
  readonly kernel: string;
  readonly initrd: string | null;
  /** Raw text after the kernel path. */
  readonly arguments: string;
}

export interface BootLoaderFacts {
  readonly kind: "grub" | "grub-bls" | "systemd-boot" | "rpm-ostree" | "unknown";
  /** /etc/default/grub and /etc/default/grub.d/*.cfg as text, by path, in the order they are sourced. */
  readonly grubDefaults: ReadonlyMap<string, string>;
  /** The two variables after sourcing everything, as a shell would; null where a file cannot be evaluated. */
  readonly variables: { readonly linux: string | null; readonly linuxDefault: string | null };
  readonly entries: Reading<readonly BootEntry[]>;
  /** /boot/grub/grubenv: `saved_entry`, `next_entry`, ... */
  readonly environment: Reading<ReadonlyMap<string, string>>;
  /** Whether GRUB itself can write its environment block (plain file system on a plain partition); absent when not known. */
  readonly environmentWritable: Reading<boolean>;
  /** "sha256" of /boot/grub/grub.cfg. */
  readonly configurationHash: Reading<string>;
}

export interface InitramfsFacts {
  readonly tool: "initramfs-tools" | "dracut" | "unknown";
  /** Kernel releases with an image in /boot. */
  readonly images: readonly string[];
  readonly freeBootBytes: Reading<number>;
}

/** "alias pci:v000010DEd*sv*sd*bc03sc02i00* nvidia" (modules.alias(5)). */
export interface PciAlias {
  readonly kernel: string;
  readonly pattern: string;
  /** With `_`. */
  readonly module: string;
}

/** modprobe.d(5), as far as it decides who gets a card. Names of modules with `_`. */
export interface ModprobeFacts {
  /** Not loaded for a device that appears: "blacklist NAME", or "install NAME /bin/false". */
  readonly blocked: ReadonlySet<string>;
  /** Options of vfio modules and iommufd, "name=value" each. */
  readonly options: readonly { readonly module: string; readonly option: string; readonly path: string }[];
}

export interface ModuleFacts {
  /** Names with `_`, from /proc/modules. */
  readonly loaded: Reading<ReadonlySet<string>>;
  /** Names with `_`, from modules.builtin of the running kernel. */
  readonly builtin: Reading<ReadonlySet<string>>;
  /** modules.alias lines for vfio_pci: (the variant drivers), pattern -> module with `_`. */
  readonly vfioAliases: Reading<ReadonlyMap<string, string>>;
  /** Lines of modules.alias, of every installed kernel, that may match what shares a slot or a group with a GPU. */
  readonly pciAliases?: readonly PciAlias[];
  /** What modprobe.d says of loading modules; absent: no line of the kinds that count here. */
  readonly modprobe?: ModprobeFacts;
}
