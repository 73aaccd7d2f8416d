# shellcheck shell=sh
# Initial RAM file systems: one of its own that only the trial entry names, or the ones that the default entries name. Every image is
# built beside its place, looked into, and only then moved there.

# What our hook puts into an image when the binding counts for it.
BINDING=etc/gpuhost/vfio-binding.conf

# initramfs_tool: the tool that built the trial image, else the one this host has, into TOOL.
initramfs_tool() {
  first_line "$S/trial/tool" && TOOL=$LINE
  [ -z "$TOOL" ] || return 0
  TOOL=initramfs-tools
  # The package dracut may bring an update-initramfs of its own.
  ! command -v update-initramfs >/dev/null 2>&1 || [ -e "$R/var/lib/dpkg/info/dracut.md5sums" ] || return 0
  TOOL=dracut
  need dracut
}

# default_image RELEASE: the image that entries name, into IMAGE; 1 when there is none.
default_image() {
  for IMAGE in "/boot/initrd.img-$1" "/boot/initramfs-$1.img"; do
    [ ! -f "$R$IMAGE" ] || return 0
  done
  fail "there is no image of the kernel $1 in /boot"
}

# shellcheck disable=SC2030,SC2031 # GPUHOST_TRIAL is for that one command.
# make_image TRIAL RELEASE FILE
make_image() {
  say "building the image of $2${1:+ for the trial} ($TOOL)"
  (
    unset LC_ALL GPUHOST_TRIAL
    [ -z "$1" ] || export GPUHOST_TRIAL=1
    case $TOOL in
      dracut) dracut -f "$3" "$2" ;;
      *) mkinitramfs -o "$3" "$2" ;;
    esac
  ) >"$T/build.log" 2>&1 </dev/null || {
    rm -f "$3"
    fail "building the image of $2 failed: $(one_line "$(tail -n 5 "$T/build.log")")"
    return 1
  }
  check_image "$1" "$2" "$3" || {
    rm -f "$3"
    return 1
  }
}

# image_binds FILE: does the image hold our binding?
image_binds() {
  case $TOOL in
    dracut) lsinitrd "$1" ;;
    *) lsinitramfs "$1" ;;
  esac >"$T/listing" 2>/dev/null || {
    fail "the image ${1#"$R"} cannot be listed"
    return 2
  }
  grep -q "\(^\|[[:space:]/]\)$BINDING\$" "$T/listing"
}

# check_image TRIAL RELEASE FILE: the binding is in it exactly when it counts.
check_image() {
  [ -s "$3" ] || {
    fail "building the image of $2 left nothing"
    return 1
  }
  # What counts for it: the lines as they stand, or those that were kept before the present trial.
  ci_lines='^[^#]' ci_wanted=''
  [ -n "$1" ] || grep -qx '# gpuhost state: kept' "$R/$BINDING" 2>/dev/null || ci_lines='^# gpuhost kept: '
  ! grep -q "$ci_lines" "$R/$BINDING" 2>/dev/null || ci_wanted=yes
  image_binds "$3"
  case $? in
    0) [ -n "$ci_wanted" ] || fail "the new image of $2 holds /$BINDING although it should not" ;;
    1) [ -z "$ci_wanted" ] || fail "the new image of $2 does not hold /$BINDING: our hook did not run in it" ;;
    *) return 1 ;;
  esac
}

# Step buildInitramfs: TOOL trial|default NEEDED_BYTES RELEASE...
build_initramfs() {
  TOOL=$1 bi_which=$2 bi_needed=$3
  shift 3
  case $TOOL in
    dracut) need dracut lsinitrd ;;
    *) need mkinitramfs lsinitramfs ;;
  esac || return 1
  bi_free=$(df -Pk "$R/boot" | awk 'NR == 2 { print $4 }')
  [ "$((bi_needed / 1024))" -le "${bi_free:-0}" ] || {
    fail "not enough room in /boot: $((bi_needed / 1048576)) MiB are needed, ${bi_free:-0} KiB are free. Nothing was written; remove old kernels"
    return 1
  }
  for bi_release; do
    if [ "$bi_which" = trial ]; then
      build_trial_image "$bi_release"
    else
      build_default_image "$bi_release"
    fi || return 1
  done
  SAYS="built the $bi_which image of $*"
}

build_trial_image() {
  bt_path=/boot/gpuhost-initrd.img-$1
  journal_begin "$bt_path" && make_image 1 "$1" "$NEW_FILE" && journal_install "$bt_path" 0600 || return 1
  own_store tool "$TOOL"
}

build_default_image() {
  default_image "$1" || return 1
  bd_path=$IMAGE
  journal_begin "$bd_path" || return 1
  journal_knows "$bd_path"
  hash_of "$bd_path" || return 1
  [ "$HASH" = "$WRITTEN" ] || {
    # Somebody built it again since: what was there before us is not what belongs there without us.
    store "$S/files/$ENCODED/built-since" yes || return 1
  }
  make_image '' "$1" "$NEW_FILE" && chmod "0$(stat -c %a "$R$bd_path")" "$NEW_FILE" && journal_install "$bd_path" '' && after_image "$1" "$bd_path"
}

build_default_images() {
  for ba_each in "$R"/boot/initrd.img-* "$R"/boot/initramfs-*.img; do
    ba_release=${ba_each##*/}
    ba_release=${ba_release#initrd.img-}
    ba_release=${ba_release#initramfs-}
    ba_release=${ba_release%.img}
    [ -f "$ba_each" ] && [ -d "$R/lib/modules/$ba_release" ] || continue
    build_default_image "$ba_release" || return 1
  done
}

# after_image RELEASE IMAGE: what update-initramfs would run then.
after_image() {
  [ "$TOOL" = initramfs-tools ] && [ -d "$R/etc/initramfs/post-update.d" ] || return 0
  attempt "/etc/initramfs/post-update.d failed" run-parts "--arg=$1" "--arg=$2" "$R/etc/initramfs/post-update.d"
}

# Step restoreInitramfs: TOOL RELEASE...
restore_initramfs() {
  TOOL=$1
  shift
  ri_done='' ri_left=''
  for ri_release; do
    default_image "$ri_release" || continue
    restore_image "$ri_release" "$IMAGE" || return 1
  done
  SAYS="${ri_done:+put back the images of$ri_done}${ri_left:+${ri_done:+; }built without us:$ri_left}"
  [ -n "$SAYS" ] || STATE=unchanged SAYS="the images hold nothing of ours"
}

# restore_image RELEASE PATH
restore_image() {
  if journal_knows "$2" && hash_of "$2" && [ "$HASH" = "$WRITTEN" ] && [ ! -e "$S/files/$ENCODED/built-since" ]; then
    restore_quietly "$2" && ri_done="$ri_done $1" && after_image "$1" "$2"
    return
  fi
  ri_known=''
  ! journal_knows "$2" || ri_known=yes
  image_binds "$R$2"
  case $? in
    0)
      journal_begin "$2" && make_image '' "$1" "$NEW_FILE" && chmod "0$(stat -c %a "$R$2")" "$NEW_FILE" && journal_install "$2" '' && after_image "$1" "$2" || return 1
      ri_left="$ri_left $1"
      # It is what belongs there without us.
      undo_save "$2" && journal_forget "$2"
      ;;
    1) [ -z "$ri_known" ] || { undo_save "$2" && journal_forget "$2"; } ;;
    *) return 1 ;;
  esac
}
