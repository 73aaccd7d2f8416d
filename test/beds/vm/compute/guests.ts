import type { LabHost } from "../labHost";

/** A QEMU process of a server on a compute host. */
export interface GuestProcess {
  pid: number;
  /** libvirt's name of the domain. */
  domain: string;
  /** Account it runs as. */
  user: string;
  /** AppArmor label and mode, such as "libvirt-UUID (enforce)"; "unconfined" where there is none. */
  apparmor: string;
  /** What it holds of VFIO, sorted: "/dev/vfio/vfio", "/dev/vfio/12", "anon_inode:[vfio-device]" once per device. */
  vfio: string[];
  /** Bytes of memory it may lock. */
  memlock: string;
}

const listing = `for pid in $(pgrep -x qemu-system-x86); do
  echo "pid $pid"
  echo "user $(stat -c %U /proc/$pid)"
  echo "apparmor $(cat /proc/$pid/attr/current)"
  echo "memlock $(awk '/^Max locked memory/ { print $4 }' /proc/$pid/limits)"
  tr '\\0' '\\n' </proc/$pid/cmdline | sed -n 's/^guest=\\([^,]*\\).*/domain \\1/p'
  for fd in /proc/$pid/fd/*; do
    case $(readlink $fd) in *vfio*) echo "vfio $(readlink $fd)" ;; esac
  done
done; true`;

/** Every server that runs on the host, as the kernel sees it. */
export async function guestProcesses(host: LabHost): Promise<GuestProcess[]> {
  const guests: GuestProcess[] = [];
  for (const line of (await host.read(listing)).split("\n").filter(Boolean)) {
    const [key, ...words] = line.split(" ");
    const value = words.join(" ");
    if (key === "pid") guests.push({ pid: Number(value), domain: "", user: "", apparmor: "", vfio: [], memlock: "" });
    const guest = guests.at(-1);
    if (guest === undefined) continue;
    if (key === "vfio") guest.vfio = [...guest.vfio, value].sort();
    if (key === "user" || key === "apparmor" || key === "domain" || key === "memlock") guest[key] = value;
  }
  return guests;
}
