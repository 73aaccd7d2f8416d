# Whether AppArmor and SELinux are on, what confines libvirt's guests here, and whether its packaged rules are as they were shipped.
policy=etc/apparmor.d
files sys/module/apparmor/parameters/enabled sys/kernel/security/apparmor/profiles sys/fs/selinux/enforce \
  "$policy/libvirt/TEMPLATE.qemu $policy/abstractions/libvirt-qemu $policy/abstractions/libvirt-qemu.d/* $policy/local/abstractions/libvirt-qemu*" \
  "$policy/usr.lib.libvirt.virt-aa-helper $policy/local/usr.lib.libvirt.virt-aa-helper"
names $policy $policy/abstractions $policy/abstractions/libvirt-qemu.d $policy/libvirt $policy/local $policy/local/abstractions $policy/disable
matching '^[[:space:]]*(security_driver|cgroup_device_acl)' etc/libvirt/qemu.conf
present etc/kolla/nova-libvirt var/snap/openstack-hypervisor sbin/apparmor_parser usr/sbin/apparmor_parser

# Only where libvirt has rules: what they include further down, and of that what may allow or forbid a device. An include of a directory
# is one of all in it.
included() {
  grep -sHE '^[[:space:]]*#?include[[:space:]]' $policy/abstractions/* $policy/abstractions/*/* $policy/local/abstractions/* | awk -v policy="$policy/" '
    {
      colon = index($0, ":"); path = substr($0, 1, colon - 1); line = substr($0, colon + 1)
      if (match(line, /<[^>]*>/)) edge[++count] = path " " policy substr(line, RSTART + 1, RLENGTH - 2)
    }
    END {
      wanted[policy "abstractions/libvirt-qemu"] = 1
      do {
        more = 0
        for (at = 1; at <= count; at++) {
          split(edge[at], end, " ")
          folder = end[1]; sub(/\/[^\/]*$/, "", folder)
          if (((end[1] in wanted) || (folder in wanted)) && !(end[2] in wanted)) { wanted[end[2]] = 1; more = 1 }
        }
      } while (more)
      for (path in wanted) if (path !~ /libvirt-qemu/) print path
    }' | sort | while read -r path; do
    if [ -f "$path" ]; then
      printf '%s\n' "$path"
    elif [ -d "$path" ]; then
      for inside in "$path"/*; do [ ! -f "$inside" ] || printf '%s\n' "$inside"; done
    fi
  done
}
if [ -r $policy/libvirt/TEMPLATE.qemu ]; then
  # shellcheck disable=SC2046 # names of policy files hold no blanks
  set -- $(included)
  [ $# -eq 0 ] || lines_of 'vfio|/dev/\*|/\*\*|^[[:space:]]*(audit[[:space:]]+)?(deny|file)|^[[:space:]]*#?include[[:space:]]|[{}]' "$@"
fi

for path in "$policy"/libvirt/TEMPLATE.qemu "$policy"/abstractions/libvirt-qemu "$policy"/abstractions/libvirt-qemu.d/*gpuhost* "$policy"/local/abstractions/libvirt-qemu* \
  "$policy"/usr.lib.libvirt.virt-aa-helper; do
  [ ! -f "$path" ] || sums "$path"
done

# Configuration files of packages: "PACKAGE VERSION ARCHITECTURE MD5-AS-SHIPPED PATH", of dpkg's own record.
apparmor_packages() { [ ! -d "$policy/libvirt" ] || tagged conffile ''; }
work apparmor-packages apparmor_packages

# The shipped text of those that are not as shipped, where this host still has it: beside the file, or in the package archive.
apparmor_shipped() {
  [ -d "$policy/libvirt" ] || return 0
  apparmor_packages | while IFS=' |' read -r _ package version architecture md5 file; do
    has_md5 ".$file" "$md5" && continue
    for copy in ".$file.dpkg-dist" ".$file.dpkg-new" ".$file.ucf-dist"; do
      if has_md5 "$copy" "$md5"; then
        sed "s|^|$file:|" "$copy"
        continue 2
      fi
    done
    archive=var/cache/apt/archives/${package}_$(printf '%s' "$version" | sed 's/:/%3a/g')_$architecture.deb
    if [ -r "$archive" ] && command -v dpkg-deb >/dev/null; then dpkg-deb --fsys-tarfile "$archive" | tar -xO ".$file" | sed "s|^|$file:|"; fi
  done
}
has_md5() { [ -r "$1" ] && [ "$(md5sum <"$1")" = "$2  -" ]; }
derive apparmor-shipped apparmor_shipped
