# What gpuhost itself left on this host, and what became of it.
journal=var/lib/gpuhost
names $journal
files "$journal/lock/owner $journal/files/*/path $journal/files/*/owner $journal/files/*/before $journal/files/*/written" \
  "$journal/devices/*/owner $journal/devices/*/ids $journal/devices/*/driver_before $journal/devices/*/override_before" \
  "$journal/virtual/*/owner $journal/virtual/*/ids $journal/virtual/*/count_before $journal/virtual/*/autoprobe_before $journal/virtual/*/type_before $journal/virtual/*/vfs_before" \
  "$journal/transactions/*/owner $journal/transactions/*/state $journal/transactions/*/says $journal/transactions/*/boot_id" \
  "$journal/trial/state $journal/trial/arguments $journal/trial/of $journal/trial/boot_id $journal/trial/seen"
present $journal/lock

# The files named there as they are now: "HASH PATH" or "absent PATH".
gone=
for entry in "$journal"/files/*/path; do
  path=
  [ ! -r "$entry" ] || read -r path <"$entry"
  case $path in
    /*)
      if [ -f ".$path" ]; then
        sums ".$path"
      elif [ ! -e ".$path" ]; then
        gone="${gone}absent $path$newline"
      fi
      ;;
  esac
done

# Which of the lock and the transactions belong to a process that lives, in this boot: its number may have gone to another one.
journal_alive() {
  boot=
  read -r boot <proc/sys/kernel/random/boot_id
  for entry in "$journal"/lock "$journal"/transactions/*; do
    pid='' began='' start='' stat=''
    [ ! -r "$entry/pid" ] || read -r pid <"$entry/pid"
    [ ! -r "$entry/boot_id" ] || read -r began <"$entry/boot_id"
    [ ! -r "$entry/start" ] || read -r start <"$entry/start"
    if [ -n "$pid" ] && [ "$began" = "$boot" ] && [ -r "proc/$pid/stat" ] && read -r stat <"proc/$pid/stat"; then
      # The 22nd word of stat is when it started; the second one, in brackets, may hold blanks.
      # shellcheck disable=SC2086
      set -- ${stat##*) }
      if [ -z "$start" ] || [ "$start" = "${20}" ]; then
        printf '|%s\n' "${entry#"$journal"/}"
      fi
    fi
  done
}
work journal-alive journal_alive
