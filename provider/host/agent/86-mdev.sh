# shellcheck shell=sh disable=SC2034,SC2015
# (SC2034: used in other files of the library. SC2015: in `a && b || c` here, c is meant for either failing.)
# Mediated devices of ours (Documentation/driver-api/vfio-mediated-device.rst). /var/lib/gpuhost/mdevs/UUID says which they are; it is on disk before
# one is made, and goes after it is gone. One that somebody else made is never taken away.

mdev_there() { [ -e "$R/sys/bus/mdev/devices/$1" ]; }

# mdev_read UUID: its parent and type, into MDEV_PARENT and MDEV_TYPE.
mdev_read() {
  MDEV_PARENT=$(readlink "$R/sys/bus/mdev/devices/$1") || MDEV_PARENT=
  MDEV_PARENT=${MDEV_PARENT%/*} && MDEV_PARENT=${MDEV_PARENT##*/}
  MDEV_TYPE=$(readlink "$R/sys/bus/mdev/devices/$1/mdev_type") || MDEV_TYPE=
  MDEV_TYPE=${MDEV_TYPE##*/}
}

# mdev_wait UUID there|gone DEADLINE
mdev_wait() {
  while :; do
    if mdev_there "$1"; then mw_is=there; else mw_is=gone; fi
    [ "$mw_is" != "$2" ] || return 0
    uptime_now
    [ "$UPTIME" -lt "$3" ] || return 1
    nap
  done
}

# mdev_held UUID: does a process hold its VFIO group or device node?
mdev_held() {
  mh_group=$(readlink "$R/sys/bus/mdev/devices/$1/iommu_group" 2>/dev/null)
  mh_nodes="/dev/vfio/${mh_group##*/}"
  for mh_node in "$R/sys/bus/mdev/devices/$1"/vfio-dev/vfio*; do
    [ ! -e "$mh_node" ] || mh_nodes="$mh_nodes|/dev/vfio/devices/${mh_node##*/}"
  done
  [ "$mh_nodes" != /dev/vfio/ ] || return 1
  # shellcheck disable=SC2010 # one process for all of /proc; the names are numbers and the targets are ours to match
  ls -l "$R"/proc/[0-9]*/fd 2>/dev/null | grep -qE -e "-> ($R)?($mh_nodes)\$"
}

# mdev_write UUID FILE VALUE DEADLINE: the kernel can hang in it, while a guest holds the device for one.
mdev_write() {
  ! mdev_in_flight "$1" || return 2
  KW_HOME=$S/mdevs
  kernel_write "$2" "$3" "$1" "$4"
  mv_code=$?
  KW_HOME=''
  return "$mv_code"
}

# mdev_in_flight UUID: what is still in the kernel may yet make it.
mdev_in_flight() {
  KW_HOME=$S/mdevs
  device_in_flight "$1" && mi_code=0 || mi_code=1
  KW_HOME=''
  return "$mi_code"
}

# mdev_note UUID PARENT TYPE
mdev_note() {
  [ ! -e "$S/mdevs/$1/type" ] || return 0
  mn_draft=$S/mdevs/.draft-$1
  attempt "cannot write the journal of $1" mkdir -p "$mn_draft" || return 1
  put "$mn_draft/owner" "$OWNER" && put "$mn_draft/parent" "$2" && put "$mn_draft/type" "$3" && put "$mn_draft/since" "$NOW" || return 1
  durable "$mn_draft"/*
  rm -rf "$S/mdevs/$1"
  attempt "cannot write the journal of $1" mv "$mn_draft" "$S/mdevs/$1" && durable "$S/mdevs"
}

mdev_forget() {
  rm -rf "$S/mdevs/$1"
  durable "$S/mdevs"
  rmdir "$S/mdevs" 2>/dev/null || :
}

# Step makeMediatedDevice: DEADLINE_SECONDS UUID PARENT TYPE
make_mdev() {
  if mdev_there "$2"; then
    mdev_read "$2"
    [ "$MDEV_PARENT $MDEV_TYPE" = "$3 $4" ] || {
      fail "$2 is there already, as ${MDEV_TYPE:-an unknown type} of ${MDEV_PARENT:-an unknown parent}: nothing is touched"
      return 1
    }
    STATE=unchanged SAYS="$2 is there already"
    return 0
  fi
  mm_type=$R/sys/class/mdev_bus/$3/mdev_supported_types/$4
  [ -d "$mm_type" ] || {
    fail "$3 offers no type $4 now: nothing is touched"
    return 1
  }
  first_line "$mm_type/available_instances"
  case $LINE in
    '' | 0 | *[!0-9]*)
      fail "$3 can make no more of $4 now (available_instances: ${LINE:-not to be read}): nothing is touched"
      return 1
      ;;
  esac
  if [ -e "$S/mdevs/$2/type" ]; then mm_known=known; else mm_known=new; fi
  mdev_note "$2" "$3" "$4" && undo_note mdev "made $2 $mm_known" || return 1
  uptime_now
  mm_deadline=$((UPTIME + $1))
  mdev_write "$2" "$mm_type/create" "$2" "$mm_deadline" || return 1
  mdev_wait "$2" there "$mm_deadline" || {
    fail "the kernel took $2 for $4 of $3, and yet there is no such device after $1 s"
    return 1
  }
  SAYS="made $2, a $4 of $3"
}

# Step removeMediatedDevice: DEADLINE_SECONDS UUID
remove_mdev() {
  [ -e "$S/mdevs/$2/type" ] || {
    STATE=unchanged SAYS="$2 is none of ours"
    return 0
  }
  mdev_there "$2" || {
    ! mdev_in_flight "$2" || return 1
    mdev_forget "$2"
    STATE=unchanged SAYS="$2 is gone already"
    return 0
  }
  first_line "$S/mdevs/$2/parent" && rm_parent=$LINE
  first_line "$S/mdevs/$2/type" && rm_type=$LINE
  mdev_read "$2"
  [ "$MDEV_PARENT $MDEV_TYPE" = "$rm_parent $rm_type" ] || {
    mdev_forget "$2"
    STATE=left SAYS="$2 is a $MDEV_TYPE of $MDEV_PARENT now, which we did not make: it is left as it is"
    return 0
  }
  ! mdev_held "$2" || {
    fail "a process holds the VFIO group of $2, as a running guest does: nothing is touched"
    return 1
  }
  undo_note mdev "removed $2 $rm_parent $rm_type" || return 1
  uptime_now
  rm_deadline=$((UPTIME + $1))
  mdev_write "$2" "$R/sys/bus/mdev/devices/$2/remove" 1 "$rm_deadline" || return 1
  mdev_wait "$2" gone "$rm_deadline" || {
    fail "the kernel was told to take $2 away, and it is still there after $1 s"
    return 1
  }
  mdev_forget "$2"
  SAYS="took $2 away"
}

# undo_mdev "made UUID new|known" or "removed UUID PARENT TYPE"
undo_mdev() {
  # shellcheck disable=SC2086 # words of ours
  set -- $1
  um_off=${UNDO_OFF:-}
  UNDO_OFF=yes
  um_code=0
  case $1 in
    made)
      if [ "$3" = new ]; then remove_mdev 30 "$2" || um_code=1; fi
      ;;
    removed)
      if mdev_there "$2"; then mdev_note "$2" "$3" "$4" || um_code=1; else make_mdev 30 "$2" "$3" "$4" || um_code=1; fi
      ;;
  esac
  UNDO_OFF=$um_off
  [ "$um_code" != 0 ] || say "undone: $2 ${SAYS:+($SAYS)}"
  return "$um_code"
}

restore_mdevs() {
  for rd_uuid in $(newest mdevs); do
    act removeMediatedDevice "the mediated device $rd_uuid goes" remove_mdev 60 "$rd_uuid"
  done
}
