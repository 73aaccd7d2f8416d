# Nova's configuration, only the sections and keys about PCI devices: passwords and addresses stay on the host.
nova_lines() {
  awk '
    FNR == 1 { section = ""; keep = 0 }
    /^\[/ {
      section = $0; sub(/^\[ */, "", section); sub(/ *\].*/, "", section)
      whole = section == "pci" || section == "devices" || section == "filter_scheduler" || section ~ /^(mdev|vgpu)_/
      keep = whole
      if (whole || section == "DEFAULT") print FILENAME ":" $0
      next
    }
    /^[#;]/ || /^[ \t]*$/ { next }
    /^[ \t]/ { if (keep) print FILENAME ":" $0; next }
    { keep = whole || (section == "DEFAULT" && $0 ~ /^pci_/); if (keep) print FILENAME ":" $0 }' "$1"
}
for path in etc/nova/*.conf etc/nova/nova.conf.d/*.conf etc/nova/nova-compute.conf.d/*.conf usr/share/nova/nova-dist.conf \
  etc/kolla/nova-compute/*.conf var/snap/openstack-hypervisor/common/etc/nova/*.conf; do
  if [ -f "$path" ] && [ ! -r "$path" ]; then
    printf '== names\nU %s\n' "$path"
  elif [ -f "$path" ]; then
    printf '== files\n%s\n== lines\n' "$path"
    nova_lines "$path"
  fi
done
compute_arguments() {
  grep -lE '^(nova-compute|python)' proc/[0-9]*/comm | sed 's/comm$/cmdline/' | tr '\n' '\0' | xargs -0 grep -la 'nova-compute' /dev/null | tr '\n' '\0' | xargs -0 head -c 65536 /dev/null | tr '\000' '\n'
}
ask nova-compute compute_arguments
