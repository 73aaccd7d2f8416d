# shellcheck shell=sh disable=SC2030,SC2031
# (SC2030, SC2031: what virtual_listing changes is meant to be gone when it ends.)
# What virtual functions were before our first change, and putting that back.

# virtual_note ADDRESS: the journal before our first change, and the undo of this transaction. virtual_read came before.
virtual_note() {
  vn_at=$S/virtual/$1
  virtual_save "$1" || return 1
  [ -e "$vn_at/ids" ] || virtual_journal "$1" || return 1
  # They are made anew: what their drivers were is part of the above from now on.
  for vn_each in $VFS; do
    [ ! -e "$S/devices/$vn_each/ids" ] || { rm -rf "$T/saved/$vn_each.bound" && cp -pR "$S/devices/$vn_each" "$T/saved/$vn_each.bound" && device_forget "$vn_each"; } || return 1
  done
}

virtual_journal() {
  vn_draft=$S/virtual/.draft-$1
  rm -rf "$vn_at" "$vn_draft"
  attempt "cannot write the journal of $1" mkdir -p "$vn_draft" || return 1
  put "$vn_draft/owner" "$OWNER" && put "$vn_draft/ids" "$IDS" && put "$vn_draft/count_before" "$COUNT" &&
    put "$vn_draft/autoprobe_before" "$AUTOPROBE" && put "$vn_draft/since" "$NOW" &&
    virtual_listing before >"$vn_draft/vfs_before" && virtual_types before >"$vn_draft/types_before" || return 1
  durable "$vn_draft"/*
  attempt "cannot write the journal of $1" mv "$vn_draft" "$vn_at" || return 1
  durable "$S/virtual"
}

# virtual_save ADDRESS: number, drivers, overrides and types of now, so that this transaction can be taken back.
virtual_save() {
  [ ! -e "$T/saved/$1.count" ] || return 0
  mkdir -p "$T/saved" || return 1
  virtual_listing >"$T/saved/$1.vfs" && virtual_types >"$T/saved/$1.types" || return 1
  printf '%s %s\n' "$COUNT" "${AUTOPROBE:--}" >"$T/saved/$1.count" || return 1
  rm -rf "$T/saved/$1.virtual"
  [ ! -e "$S/virtual/$1/ids" ] || cp -pR "$S/virtual/$1" "$T/saved/$1.virtual" || return 1
  undo_note virtual "$1"
}

# virtual_listing [before]: a line "ADDRESS DRIVER OVERRIDE" for each of VFS, "-" for none; before: what it had before we changed its driver. In a
# process of its own, so that nothing of device_read stays.
virtual_listing() (
  for vl_each in $VFS; do
    device_read "$vl_each" || exit 1
    if [ "${1:-}" = before ] && [ -e "$S/devices/$vl_each/ids" ]; then
      first_line "$S/devices/$vl_each/driver_before" && DRIVER=$LINE
      first_line "$S/devices/$vl_each/override_before" && OVERRIDE=$LINE
    fi
    printf '%s %s %s\n' "$vl_each" "${DRIVER:--}" "${OVERRIDE:--}" || exit 1
  done
)

# virtual_types [before]: a line "ADDRESS TYPE" for each of VFS that has a vGPU type; before: what it had before we changed its type.
virtual_types() {
  for vy_each in $VFS; do
    first_line "$R/sys/bus/pci/devices/$vy_each/nvidia/current_vgpu_type" && vy_type=$LINE
    [ "${1:-}" != before ] || [ ! -e "$S/virtual/$vy_each/ids" ] || { first_line "$S/virtual/$vy_each/type_before" && vy_type=$LINE; }
    [ "${vy_type:-0}" = 0 ] || printf '%s %s\n' "$vy_each" "$vy_type" || return 1
  done
}

# virtual_same COUNT FILE: they are as many, and as FILE says.
virtual_same() { [ "$COUNT" = "$1" ] && [ "$(virtual_listing)" = "$(cat "$2")" ]; }

virtual_forget() {
  rm -rf "$S/virtual/$1"
  rmdir "$S/virtual" 2>/dev/null || durable "$S/virtual"
}

# virtual_back ADDRESS COUNT AUTOPROBE FILE TYPES: that many again, each on the driver and with the override that FILE says. They lost their types
# with their number, so those are written where they are made anew. What a driver does not take is in LACKS; a hang in the kernel ends it.
virtual_back() {
  LACKS=''
  if ! virtual_same "$2" "$4"; then
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
      [ "$vb_driver" = - ] || virtual_drive "$1" "$vb_each" "$vb_driver" || virtual_lacks $? || return 2
    done 6<"$4"
    while read -r vb_each vb_type <&6; do
      kernel_write "$R/sys/bus/pci/devices/$vb_each/nvidia/current_vgpu_type" "$vb_type" "$1" "$sv_deadline" || virtual_lacks $? || return 2
    done 6<"$5"
    SAYS=''
    return 0
  fi
  virtual_autoprobe "$1" "$3"
}

# virtual_lacks CODE: 1 where that was a hang in the kernel.
virtual_lacks() {
  [ "$1" != 2 ] || return 1
  say "$SAYS"
  LACKS="${LACKS:+$LACKS; }$SAYS"
}

# Step releaseVirtualFunctions: DEADLINE_SECONDS ADDRESS..., virtual functions (their types) before physical ones.
release_virtual() {
  rv_seconds=$1 rv_said='' rv_state='done'
  shift
  uptime_now
  sv_deadline=$((UPTIME + rv_seconds))
  for rv_each; do
    [ -e "$S/virtual/$rv_each/ids" ] || continue
    virtual_in_flight "$rv_each" || return 1
    virtual_ends "$rv_each" "$rv_seconds" release_one "$rv_each" || return 1
    [ "$STATE" != needs-reboot ] || return 0
  done
  if [ -n "$rv_said" ]; then STATE=$rv_state; else STATE=unchanged; fi
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
  virtual_same "$ro_count" "$S/virtual/$1/vfs_before" || virtual_free "$1" || return 1
  virtual_save "$1" || return 1
  virtual_back "$1" "$ro_count" "$ro_autoprobe" "$S/virtual/$1/vfs_before" "$S/virtual/$1/types_before" || return
  rv_said="$rv_said${rv_said:+, }$1 has $ro_count virtual functions again${LACKS:+, but not all as before us ($LACKS)}"
  [ -z "$LACKS" ] || rv_state=left
  virtual_forget "$1"
}

# Undo of one physical function in this transaction. After a reboot the kernel has forgotten what was done here, and what there is now was made by
# that boot: our unit, or somebody else.
undo_virtual() {
  uv_at=$1
  read -r uv_count uv_autoprobe <"$T/saved/$1.count" || return 0
  [ "$uv_autoprobe" != - ] || uv_autoprobe=''
  mkdir -p "$S/virtual/$1" || return 1
  uptime_now
  sv_deadline=$((UPTIME + 60))
  first_line "$T/boot_id"
  if [ "$LINE" != "$BOOT_ID" ]; then
    ! virtual_read "$1" 2>/dev/null || [ "$COUNT" = 0 ] || say "$uv_at has $COUNT virtual functions that the boot since has made: they stay until the next one"
  elif virtual_read "$1" 2>/dev/null; then
    virtual_in_flight "$1" && virtual_free "$1" && virtual_ends "$1" 60 virtual_back "$1" "$uv_count" "$uv_autoprobe" "$T/saved/$1.vfs" "$T/saved/$1.types" || return 1
    [ "$STATE" != needs-reboot ] || return 1
    [ -z "$LACKS" ] || {
      fail "$uv_at has $uv_count virtual functions again, but not all as before ($LACKS)"
      return 1
    }
    say "undone: $uv_at has $uv_count virtual functions"
  fi
  while read -r uv_each _; do
    [ ! -d "$T/saved/$uv_each.bound" ] || [ -d "$S/devices/$uv_each" ] || cp -pR "$T/saved/$uv_each.bound" "$S/devices/$uv_each"
  done <"$T/saved/$uv_at.vfs"
  virtual_forget "$uv_at"
  [ ! -d "$T/saved/$uv_at.virtual" ] || { mkdir -p "$S/virtual" && cp -pR "$T/saved/$uv_at.virtual" "$S/virtual/$uv_at"; }
}
