# What paravirtual GPUs could rest on: QEMU, libvirt and their libraries by package databases and names of files (QEMU is not started), render
# nodes, and GPUs that are no PCI devices.

# libvirt in a container of its own (kolla) brings its own QEMU along.
graphics_root() {
  named libvirtd virtqemud
  for process in $found; do
    # shellcheck disable=SC2012 # one inode number
    if [ -d "$process/root/usr" ] && [ "$(ls -diL "$process/root/." | awk '{ print $1 }')" != "$(ls -diL /. | awk '{ print $1 }')" ]; then
      inside=$process/root/
    fi
    return
  done
}

# rpm leaves files beside its database when root asks; nobody may ask, and leaves nothing. A database in a container is out of nobody's reach.
rpm_versions() {
  set -- rpm -q --qf '@ %{NAME} %{VERSION}\n' qemu-kvm-core qemu-kvm qemu-system-x86-core qemu-system-x86 qemu-system-aarch64-core \
    libvirt-daemon libvirt-daemon-driver-qemu virglrenderer mesa-dri-drivers mesa-vulkan-drivers
  command -v rpm >/dev/null || return 0
  if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || return 0
    set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
  fi
  "$@" | sed -n 's/^@ /|package /p'
}

graphics_stack() {
  inside=
  [ -n "$root" ] || graphics_root
  [ -z "$inside" ] || printf '|container\n'
  [ ! -d "${inside}usr/bin" ] || printf '|programs /usr/bin\n'
  for path in "${inside}usr/bin/qemu-system-"* "${inside}usr/bin/qemu-kvm" "${inside}usr/libexec/qemu-kvm"; do
    [ ! -e "$path" ] || printf '|emulator /%s\n' "${path#"$inside"}"
  done
  for path in "${inside}usr/lib/qemu" "${inside}usr/lib/"*/qemu "${inside}usr/lib64/qemu" "${inside}usr/lib64/qemu-kvm"; do
    for module in "$path"/hw-display-*.so "$path"/ui-*.so; do
      [ ! -e "$module" ] || printf '|module %s\n' "${module##*/}"
    done
  done
  if [ -z "$inside" ]; then
    tagged graphics 'package '
  elif [ -r "${inside}var/lib/dpkg/status" ]; then
    digest "${inside}var/lib/dpkg/status" | sed -n 's/^graphics /|package /p'
  fi
  [ -n "$root$inside" ] || rpm_versions
}
work graphics-stack graphics_stack

render_nodes() {
  # shellcheck disable=SC2012 # names and modes
  [ ! -d dev/dri ] || ls -ln dev/dri | awk '/^c/ && $NF ~ /^renderD[0-9]+$/ { print $NF, $1, $4 }'
}
ask render-nodes render_nodes

# By the device tree, whatever driver they are on: those of Arm, and what a server or board may have instead of a card.
platform_gpus() {
  [ ! -d sys/bus/platform/devices ] || printf '|read\n'
  set -- sys/bus/platform/devices/*/uevent
  [ -e "$1" ] || return 0
  # shellcheck disable=SC2013 # names of platform devices have no blanks
  for path in $(grep -lE '^OF_COMPATIBLE_[0-9]+=(arm,mali|arm,immortalis|qcom,adreno|brcm,[0-9]+-v3d|vivante,gc|img,|nvidia,(gv11b|ga10b|gp10b|gm20b|gk20a)$)' "$@"); do
    device=${path%/uevent}
    printf '|device %s\n' "${device##*/}"
    awk 'sub(/^DRIVER=/, "|driver ") || sub(/^OF_COMPATIBLE_[0-9]+=/, "|compatible ")' "$path"
    [ ! -r "$device/gpuinfo" ] || awk '{ print "|model", $0 }' "$device/gpuinfo"
    for node in "$device"/drm/renderD*; do
      [ ! -e "$node" ] || printf '|node %s\n' "${node##*/}"
    done
  done
}
work platform-gpus platform_gpus
