# shellcheck shell=sh
# NVIDIA's vGPU types on virtual functions, where the driver has vendor-specific VFIO: a file on each.

# vgpu_write VF TYPE: through 0, as the driver wants it; read back, since it may take a type and not keep it.
vgpu_write() {
  vg_file=$R/sys/bus/pci/devices/$1/nvidia/current_vgpu_type
  first_line "$vg_file"
  [ "$LINE" != "$2" ] || return 0
  ! device_held "$1" || {
    fail "a process holds $1, as a running guest does: its type is not changed"
    return 1
  }
  [ "${LINE:-0}" = 0 ] || kernel_write "$vg_file" 0 "$1" "$sv_deadline" || return
  [ "$2" = 0 ] || kernel_write "$vg_file" "$2" "$1" "$sv_deadline" || return
  first_line "$vg_file"
  [ "$LINE" = "$2" ] || fail "$1 was given the type $2 and reads ${LINE:-nothing}"
}

# Step setVgpuTypes: DEADLINE_SECONDS ADDRESS IDS TYPE..., in the order of its virtual functions.
set_vgpu() {
  sg_seconds=$1 sg_at=$2 sg_ids=$3
  shift 3
  virtual_read "$sg_at" || return 1
  [ "$IDS" = "$sg_ids" ] || {
    fail "at $sg_at there is $IDS now, and the plan was made for $sg_ids: nothing is touched"
    return 1
  }
  [ "$#" -le "$COUNT" ] || {
    fail "$sg_at has $COUNT virtual functions now, and the plan has types for $#: nothing is touched"
    return 1
  }
  uptime_now
  sv_deadline=$((UPTIME + sg_seconds))
  virtual_ends "$sg_at" "$sg_seconds" vgpu_all "$@" || return 1
  [ "$STATE" = needs-reboot ] || SAYS="types of $VFS: $*"
}

vgpu_all() {
  for vg_each in $VFS; do
    [ $# -gt 0 ] || return 0
    first_line "$R/sys/bus/pci/devices/$vg_each/nvidia/current_vgpu_type"
    [ -n "$LINE" ] || {
      fail "$vg_each has no nvidia/current_vgpu_type: the host's NVIDIA driver gives types by mediated devices, or is no vGPU host driver"
      return 1
    }
    [ "$LINE" = "$1" ] || { vgpu_note "$vg_each" "$LINE" && vgpu_write "$vg_each" "$1"; } || return
    shift
  done
}

# vgpu_note VF TYPE
vgpu_note() {
  [ ! -e "$T/saved/$1.type" ] || return 0
  mkdir -p "$T/saved" && printf '%s\n' "$2" >"$T/saved/$1.type" || return 1
  if [ -e "$S/virtual/$1/ids" ]; then
    : >"$T/saved/$1.type-known"
  else
    device_read "$1" && mkdir -p "$S/virtual/$1" && put "$S/virtual/$1/owner" "$OWNER" && put "$S/virtual/$1/type_before" "$2" && put "$S/virtual/$1/since" "$NOW" &&
      store "$S/virtual/$1/ids" "$IDS" || return 1
  fi
  undo_note vgpu "$1"
}

# After a reboot no type is left but those that the boot gave.
undo_vgpu() {
  uptime_now
  sv_deadline=$((UPTIME + 30))
  first_line "$T/boot_id" && ug_boot=$LINE
  first_line "$T/saved/$1.type" && ug_type=$LINE
  if [ "$ug_boot" = "$BOOT_ID" ] && device_read "$1" 2>/dev/null && [ -e "$DEVICE/nvidia/current_vgpu_type" ]; then
    virtual_ends "$1" 30 vgpu_write "$1" "${ug_type:-0}" || return 1
    say "undone: $1 has type ${ug_type:-0}"
  fi
  [ -e "$T/saved/$1.type-known" ] || virtual_forget "$1"
}
