# shellcheck shell=sh
# What virtual functions were before our first change, and putting that back.

# virtual_note ADDRESS: the journal before our first change, and the undo of this transaction. virtual_read came before.
virtual_note() {
  vn_at=$S/virtual/$1
  virtual_save "$1" || return 1
  [ ! -e "$vn_at/ids" ] || return 0
  rm -rf "$vn_at" "$vn_at.draft"
  attempt "cannot write the journal of $1" mkdir -p "$vn_at.draft" || return 1
  put "$vn_at.draft/owner" "$OWNER" && put "$vn_at.draft/ids" "$IDS" && put "$vn_at.draft/count_before" "$COUNT" &&
    put "$vn_at.draft/autoprobe_before" "$AUTOPROBE" && put "$vn_at.draft/since" "$NOW" &&
    cp "$T/saved/$1.vfs" "$vn_at.draft/vfs_before" || return 1
  durable "$vn_at.draft"/*
  attempt "cannot write the journal of $1" mv "$vn_at.draft" "$vn_at" || return 1
  durable "$S/virtual"
}

# virtual_save ADDRESS: number, drivers and overrides of now, so that this transaction can be taken back.
virtual_save() {
  [ ! -e "$T/saved/$1.count" ] || return 0
  mkdir -p "$T/saved" || return 1
  : >"$T/saved/$1.vfs" || return 1
  vn_driver=$DRIVER vn_ids=$IDS vn_device=$DEVICE vn_override=$OVERRIDE
  for vn_each in $VFS; do
    device_read "$vn_each" || return 1
    printf '%s %s %s\n' "$vn_each" "${DRIVER:--}" "${OVERRIDE:--}" >>"$T/saved/$1.vfs" || return 1
  done
  DRIVER=$vn_driver IDS=$vn_ids DEVICE=$vn_device OVERRIDE=$vn_override
  printf '%s %s\n' "$COUNT" "${AUTOPROBE:--}" >"$T/saved/$1.count" || return 1
  rm -rf "$T/saved/$1.virtual"
  [ ! -e "$S/virtual/$1/ids" ] || cp -pR "$S/virtual/$1" "$T/saved/$1.virtual" || return 1
  undo_note virtual "$1"
}

virtual_forget() {
  rm -rf "$S/virtual/$1"
  rmdir "$S/virtual" 2>/dev/null || durable "$S/virtual"
}

# virtual_back ADDRESS COUNT AUTOPROBE FILE: that many again, each on the driver and with the override that FILE says.
virtual_back() {
  if [ "$COUNT" != "$2" ]; then
    vb_by=kernel
    # What NVIDIA's tool has turned on, its driver turns off.
    [ "$DRIVER" != nvidia ] || [ ! -x "$R/usr/lib/nvidia/sriov-manage" ] || vb_by=sriov-manage
    vb_first=0
    [ -s "$4" ] || vb_first=$3
    virtual_count "$1" "$2" "$vb_by" "$vb_first" || return
    while read -r vb_each vb_driver vb_override <&6; do
      [ "$vb_override" = - ] || kernel_write "$R/sys/bus/pci/devices/$vb_each/driver_override" "$vb_override" "$1" "$sv_deadline" || return
    done 6<"$4"
    virtual_autoprobe "$1" "$3" || return
    while read -r vb_each vb_driver vb_override <&6; do
      [ "$vb_driver" = - ] || virtual_drive "$1" "$vb_each" "$vb_driver" || say "$SAYS"
    done 6<"$4"
    SAYS=''
    return 0
  fi
  virtual_autoprobe "$1" "$3"
}

# Step releaseVirtualFunctions: DEADLINE_SECONDS ADDRESS..., virtual functions (their types) before physical ones.
release_virtual() {
  rv_seconds=$1 rv_said=''
  shift
  uptime_now
  sv_deadline=$((UPTIME + rv_seconds))
  for rv_each; do
    [ -e "$S/virtual/$rv_each/ids" ] || continue
    virtual_in_flight "$rv_each" || return 1
    virtual_ends "$rv_each" "$rv_seconds" release_one "$rv_each" || return 1
    [ "$STATE" != needs-reboot ] || return 0
  done
  [ -n "$rv_said" ] || STATE=unchanged
  SAYS=${rv_said:-"nothing of ours is left there"}
}

release_one() {
  device_read "$1" 2>/dev/null || {
    # A virtual function goes with its number; its type went before it.
    rv_said="$rv_said${rv_said:+, }$1 is not there any more"
    virtual_forget "$1"
    return 0
  }
  first_line "$S/virtual/$1/ids"
  [ "$IDS" = "$LINE" ] || {
    rv_said="$rv_said${rv_said:+, }$1 is another device now ($IDS, was $LINE) and is left alone"
    virtual_forget "$1"
    return 0
  }
  first_line "$S/virtual/$1/type_before"
  if [ -n "$LINE" ]; then
    ro_type=$LINE
    vgpu_write "$1" "$ro_type" || return
    rv_said="$rv_said${rv_said:+, }$1 has type $ro_type again"
    virtual_forget "$1"
    return 0
  fi
  virtual_read "$1" || return 1
  first_line "$S/virtual/$1/count_before" && ro_count=$LINE
  first_line "$S/virtual/$1/autoprobe_before" && ro_autoprobe=$LINE
  [ "$COUNT" = "$ro_count" ] || virtual_free "$1" || return 1
  virtual_save "$1" || return 1
  virtual_back "$1" "$ro_count" "$ro_autoprobe" "$S/virtual/$1/vfs_before" || return
  rv_said="$rv_said${rv_said:+, }$1 has $ro_count virtual functions again"
  virtual_forget "$1"
}

# Undo of one physical function in this transaction.
undo_virtual() {
  uv_at=$1
  read -r uv_count uv_autoprobe <"$T/saved/$1.count" || return 0
  [ "$uv_autoprobe" != - ] || uv_autoprobe=''
  mkdir -p "$S/virtual/$1" || return 1
  uptime_now
  sv_deadline=$((UPTIME + 60))
  if virtual_read "$1" 2>/dev/null; then
    virtual_in_flight "$1" && virtual_free "$1" && virtual_ends "$1" 60 virtual_back "$1" "$uv_count" "$uv_autoprobe" "$T/saved/$1.vfs" || return 1
    [ "$STATE" != needs-reboot ] || return 1
    say "undone: $uv_at has $uv_count virtual functions"
  fi
  virtual_forget "$uv_at"
  [ ! -d "$T/saved/$uv_at.virtual" ] || { mkdir -p "$S/virtual" && cp -pR "$T/saved/$uv_at.virtual" "$S/virtual/$uv_at"; }
}

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

# Step setVgpuTypes: DEADLINE_SECONDS ADDRESS TYPE..., in the order of its virtual functions.
set_vgpu() {
  sg_seconds=$1 sg_at=$2
  shift 2
  virtual_read "$sg_at" || return 1
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

undo_vgpu() {
  uptime_now
  sv_deadline=$((UPTIME + 30))
  first_line "$T/saved/$1.type" && ug_type=$LINE
  if device_read "$1" 2>/dev/null && [ -e "$DEVICE/nvidia/current_vgpu_type" ]; then
    virtual_ends "$1" 30 vgpu_write "$1" "${ug_type:-0}" || return 1
    say "undone: $1 has type ${ug_type:-0}"
  fi
  [ -e "$T/saved/$1.type-known" ] || virtual_forget "$1"
}
