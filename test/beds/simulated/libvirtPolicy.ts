/** Where a test finds libvirt's rules, in the form of the releases: which files a host may have below /etc/apparmor.d. */
export interface PolicyForm {
  /** The abstraction lets guests open the VFIO container. Default false: a host whose rules predate it, or were overwritten. */
  readonly container?: boolean;
  /** Overrides: "local" (Debian 12), "local-if-exists" (newer, called deprecated there), ".d" (libvirt 9 and later, AppArmor 3). Default ["local"]. */
  readonly overrides?: readonly ("local" | "local-if-exists" | ".d")[];
  /** Further lines of the abstraction. */
  readonly lines?: readonly string[];
}

export const template = `# Rules of one guest.
#include <tunables/global>

profile LIBVIRT_TEMPLATE flags=(attach_disconnected) {
  #include <abstractions/libvirt-qemu>
}
`;

export function abstraction({ container = false, overrides = ["local"], lines = [] }: PolicyForm = {}): string {
  const override = {
    local: "  #include <local/abstractions/libvirt-qemu>", "local-if-exists": "  include if exists <local/abstractions/libvirt-qemu>",
    ".d": "  include if exists <abstractions/libvirt-qemu.d>",
  };
  return [
    "  #include <abstractions/base>", "", "  capability setuid,", "  network inet stream,", "  /dev/kvm rw,", "  @{PROC}/*/status r,",
    ...(container ? ["  # hot-plugged devices", "  /dev/vfio/vfio rw,"] : []),
    "  profile helper /usr/bin/helper {", "    /dev/vfio/** rw,", "  }", ...lines, "", ...overrides.map((each) => override[each]), "",
  ].join("\n");
}

/** What a host needs beside libvirt's own files for its template to parse; a real host has it of the package apparmor. */
export const common: Readonly<Record<string, string>> = {
  "/etc/apparmor.d/tunables/global": "@{PROC}=/proc/\n",
  "/etc/apparmor.d/abstractions/base": "  /usr/lib/** mr,\n  deny /dev/mem rw,\n",
};

/** libvirt's files on a host, by path. */
export function libvirtPolicy(form: PolicyForm = {}): Record<string, string> {
  const local = form.overrides === undefined || form.overrides.includes("local");
  return {
    "/etc/apparmor.d/libvirt/TEMPLATE.qemu": template,
    "/etc/apparmor.d/abstractions/libvirt-qemu": abstraction(form),
    "/etc/apparmor.d/usr.lib.libvirt.virt-aa-helper": "#include <tunables/global>\n\nprofile virt-aa-helper /usr/lib/libvirt/virt-aa-helper {\n  #include <abstractions/base>\n}\n",
    ...(local ? { "/etc/apparmor.d/local/abstractions/libvirt-qemu": "" } : {}),
  };
}
