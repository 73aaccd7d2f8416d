import { ABSTRACTION, TEMPLATE } from "../facts/guestPolicy";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** What keeps libvirt's guests apart from the host. absent: AppArmor runs, but libvirt's rules for guests are not there. */
export interface Confinement {
  readonly kind: "apparmor" | "selinux" | "none" | "kolla" | "snap" | "absent" | "unknown";
  /** Why nothing is to be done, as half a sentence; "" for apparmor. */
  readonly says: string;
  /** Does it let a guest take its card back? For apparmor its rules tell; what was not looked at is not allowed. */
  readonly reattachAllowed: boolean;
}

/** The daemon's profile under its names of several releases: libvirt confines guests only while it is confined itself. */
const daemons = ["libvirtd", "/usr/sbin/libvirtd", "virtqemud", "/usr/sbin/virtqemud"];

export function daemonIsConfined(facts: HostFacts): boolean | undefined {
  const profiles = known(facts.appArmor.profiles);
  return profiles === undefined ? undefined : daemons.some((name) => profiles.has(name));
}

export function confinement(facts: HostFacts): Confinement {
  const { enabled, libvirt } = facts.appArmor;
  if (libvirt.elsewhere === "kolla") return kolla(facts);
  if (libvirt.elsewhere === "snap") {
    return { kind: "snap", reattachAllowed: false, says: "libvirt runs inside the snap openstack-hypervisor, under the snap's own rules, which nothing in /etc/apparmor.d changes and which were not judged" };
  }
  if (enabled.kind === "unreadable" || libvirt.securityDrivers.kind === "unreadable") return { kind: "unknown", says: "whether AppArmor confines guests could not be read", reattachAllowed: false };
  if (known(enabled) !== true) return withoutAppArmor(facts);
  const drivers = known(libvirt.securityDrivers);
  if (drivers !== undefined && !drivers.includes("apparmor")) {
    const named = drivers.length === 0 ? "names none" : `is ${drivers.join(", ")}`;
    return { kind: "none", says: `security_driver in /etc/libvirt/qemu.conf ${named}, so AppArmor does not confine guests`, reattachAllowed: true };
  }
  const installed = [TEMPLATE, ABSTRACTION].some((path) => libvirt.texts.has(path) || libvirt.packaged.some((each) => each.path === `/etc/apparmor.d/${path}`));
  if (!installed) return { kind: "absent", says: "libvirt's AppArmor rules for guests (/etc/apparmor.d/libvirt/TEMPLATE.qemu) are not installed here", reattachAllowed: false };
  return { kind: "apparmor", says: "", reattachAllowed: false };
}

function withoutAppArmor(facts: HostFacts): Confinement {
  const selinux = known(facts.appArmor.libvirt.selinux);
  if (selinux === undefined) return { kind: "none", says: "neither AppArmor nor SELinux is on in the running kernel, so no rules confine guests", reattachAllowed: true };
  return {
    kind: "selinux", reattachAllowed: selinux === "permissive",
    says: `AppArmor is off and SELinux is ${selinux} (read in /sys/fs/selinux/enforce). libvirt labels the devices it assigns by itself; neither the policy's booleans nor the audit log were read. ` +
      "After a resume that failed: ausearch -m AVC -ts recent | grep svirt",
  };
}

/** kolla-ansible prepares hosts by turning the host's libvirtd profile off; the container is privileged. */
function kolla(facts: HostFacts): Confinement {
  const confined = daemonIsConfined(facts) ?? (known(facts.appArmor.enabled) === true ? undefined : false);
  const why = "libvirt runs in kolla's container, which brings its own files, so that nothing in the host's /etc/apparmor.d reaches its guests";
  if (confined === false) return { kind: "kolla", says: `${why}; no profile of libvirt is loaded on the host`, reattachAllowed: true };
  const found = confined === undefined ? "which profiles are loaded could not be read" : "but a profile of libvirt is loaded on the host, which kolla-ansible bootstrap-servers turns off";
  return { kind: "kolla", says: `${why}; ${found}`, reattachAllowed: false };
}
