# One hash of each file that a probe named: of GRUB's menu, of AppArmor's rules, and of what our journal holds (its paths begin with ".").
hashed=
IFS=$newline
set -f
# shellcheck disable=SC2086 # a path a line
[ -z "$summed" ] || hashed=$(sha256sum $summed 2>/dev/null)
of_boot='' of_apparmor='' of_journal=$gone
for line in $hashed; do
  case $line in
    *'  ./'*) of_journal="$of_journal${line%%  ./*} /${line#*  ./}$newline" ;;
    *'  boot/'*) of_boot="$of_boot$line$newline" ;;
    *) of_apparmor="$of_apparmor$line$newline" ;;
  esac
done
set +f
unset IFS
recorded boot-hashes || said boot-hashes "$of_boot"
recorded apparmor-hashes || said apparmor-hashes "$of_apparmor"
recorded journal-hashes || said journal-hashes "$of_journal"
