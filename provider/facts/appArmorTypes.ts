import type { Reading } from "./reading";

export interface AppArmorFacts {
  readonly enabled: Reading<boolean>;
  /** Loaded profile -> mode. */
  readonly profiles: Reading<ReadonlyMap<string, string>>;
  /** How libvirt's guests are confined here. */
  readonly libvirt: LibvirtPolicy;
}

export interface LibvirtPolicy {
  /** `security_driver` of qemu.conf, in the order libvirt tries them; absent: not set, and libvirt takes the first that works. */
  readonly securityDrivers: Reading<readonly string[]>;
  /** "enforcing" or "permissive"; absent where the kernel runs no SELinux. */
  readonly selinux: Reading<"enforcing" | "permissive">;
  /** libvirt runs in kolla's container, or in the snap openstack-hypervisor, with rules of its own. */
  readonly elsewhere: "kolla" | "snap" | null;
  /** Names in /etc/apparmor.d/disable: profiles that are not loaded at boot. */
  readonly disabled: readonly string[];
  /** apparmor_parser is installed. */
  readonly parser: boolean;
  /** Text of a file below /etc/apparmor.d, by its path there ("abstractions/libvirt-qemu"); of files that libvirt does not own only the lines that matter. */
  readonly texts: ReadonlyMap<string, Reading<string>>;
  /** sha256 of those that may be written, by full path; a file that is not there has none. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Files a package installed, with what dpkg recorded. */
  readonly packaged: readonly PackagedFile[];
  /** Versions of such files that a package update or a person left beside them (.dpkg-dist, .ucf-dist, ...), full paths. */
  readonly leftovers: readonly string[];
}

export interface PackagedFile {
  /** Full path. */
  readonly path: string;
  readonly package: string;
  readonly version: string;
  /** Is the file what the package shipped? absent: the file is gone. */
  readonly asShipped: Reading<boolean>;
  /** The shipped text; absent where this host no longer has it. Not read where the file is as shipped. */
  readonly shipped: Reading<string>;
}
