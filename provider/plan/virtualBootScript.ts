import { READ_IDS } from "./readIdsScript";

export const VIRTUAL_CONF_PATH = "/etc/gpuhost/virtual-functions.conf";

/**
 * Runs once at boot from a systemd unit: POSIX sh. Waits for the driver of each physical function, 60 seconds for all of them together, reads its
 * ids again, and sets its number only where that is 0: virtual functions that are there already may belong to somebody, so that of those only the ones
 * without a driver get one. What it could not do is an exit status of 1 and a line in the unit's log; the next preview sees the rest. Works below GPUHOST_ROOT, for tests.
 */
export const VIRTUAL_SCRIPT = `root=\${GPUHOST_ROOT:-}
conf=$root${VIRTUAL_CONF_PATH}
devices=$root/sys/bus/pci/devices
left=60
result=0

say() { printf 'gpuhost: %s\\n' "$*"; }

wrong() {
    say "$*"
    result=1
}

${READ_IDS}

# Sets bound to the driver of the device $1; "" when it has none.
read_driver() {
    bound=$(readlink "$1/driver" 2>/dev/null) || bound=''
    bound=\${bound##*/}
}

# wait_driver DEVICE DRIVER: until it has that one, or the time that all of them share is over.
wait_driver() {
    read_driver "$1"
    while [ "$bound" != "$2" ] && [ "$left" -gt 0 ]; do
        sleep 1
        left=$((left - 1))
        read_driver "$1"
    done
    [ "$bound" = "$2" ]
}

# kernel_takes FILE VALUE
kernel_takes() {
    { printf '%s\\n' "$2" >"$1"; } 2>/dev/null || {
        wrong "the kernel refused $2 > \${1#"$root"}"
        return 1
    }
}

# virtual_of ADDRESS: sets functions to its virtual functions in their order.
virtual_of() {
    functions='' number=0
    while link=$(readlink "$devices/$1/virtfn$number" 2>/dev/null); do
        functions="$functions \${link##*/}" number=$((number + 1))
    done
}

# make ADDRESS COUNT BY DRIVER
make() {
    probe=$devices/$1/sriov_drivers_autoprobe before=''
    { read -r before <"$probe"; } 2>/dev/null || :
    if [ "$3" = sriov-manage ]; then
        "$root/usr/lib/nvidia/sriov-manage" -e "$1" || {
            wrong "sriov-manage -e $1 failed"
            return 1
        }
    else
        case $4 in host) first=1 ;; *) first=0 ;; esac
        [ -z "$before" ] || [ "$before" = "$first" ] || kernel_takes "$probe" "$first" || return 1
        kernel_takes "$devices/$1/sriov_numvfs" "$2" || return 1
    fi
    tries=20
    while [ ! -e "$devices/$1/virtfn$(($2 - 1))" ] && [ "$tries" -gt 0 ]; do
        sleep 0.2 2>/dev/null || sleep 1
        tries=$((tries - 1))
    done
    virtual_of "$1"
    case $4 in host | none) return 0 ;; esac
    modprobe -q "$4" </dev/null >/dev/null 2>&1 || :
    for function in $functions; do kernel_takes "$devices/$function/driver_override" "$4" || return 1; done
    [ -z "$before" ] || [ "$before" = 0 ] || kernel_takes "$probe" "$before" || return 1
    for function in $functions; do probe_one "$function" "$4" || return 1; done
}

# probe_one FUNCTION DRIVER
probe_one() {
    kernel_takes "$root/sys/bus/pci/drivers_probe" "$1" || return 1
    read_driver "$devices/$1"
    [ "$bound" = "$2" ] || wrong "$1 is on \${bound:-no driver}, not on $2"
}

# found ADDRESS DRIVER: functions that this script did not make. Those without a driver get theirs; what another driver has may be in use.
found() {
    virtual_of "$1"
    case $2 in
        host) return 0 ;;
        none) ;;
        *) modprobe -q "$2" </dev/null >/dev/null 2>&1 || : ;;
    esac
    for function in $functions; do
        read_driver "$devices/$function"
        case $bound in
            "$2") ;;
            ?*) wrong "$function was there already, on $bound and not on $2: left alone" ;;
            *) if [ "$2" != none ] && kernel_takes "$devices/$function/driver_override" "$2"; then probe_one "$function" "$2" || :; fi ;;
        esac
    done
}

# types ADDRESS LIST: of its virtual functions in their order, with commas between.
types() {
    virtual_of "$1"
    rest=$2,
    for function in $functions; do
        type=\${rest%%,*} rest=\${rest#*,}
        [ -n "$type" ] || return 0
        file=$devices/$function/nvidia/current_vgpu_type now=''
        { read -r now <"$file"; } 2>/dev/null || :
        if [ -z "$now" ]; then
            wrong "$function takes no vGPU type"
        elif [ "$now" != "$type" ]; then
            kernel_takes "$file" "$type" || :
        fi
    done
}

# one ADDRESS IDS DRIVER COUNT BY VIRTUAL_DRIVER TYPES
one() {
    read_ids "$devices/$1"
    if [ "$ids" != "$2" ]; then
        wrong "$1 is \${ids:-not there}, expected $2: left alone"
        return 0
    fi
    if [ "$4" != 0 ] && ! wait_driver "$devices/$1" "$3"; then
        wrong "$1 is on \${bound:-no driver}, expected $3: left alone"
        return 0
    fi
    now=''
    { read -r now <"$devices/$1/sriov_numvfs"; } 2>/dev/null || :
    if [ "$now" = 0 ] && [ "$4" != 0 ]; then
        make "$1" "$4" "$5" "$6" || return 0
        say "$1 has $4 virtual functions:$functions"
    elif [ "$now" != "$4" ]; then
        wrong "$1 has \${now:-no number of} virtual functions already, expected $4: left alone"
        return 0
    elif [ "$4" != 0 ]; then
        found "$1" "$6"
    fi
    case $7 in '' | -) ;; *) types "$1" "$7" ;; esac
}

if [ -r "$conf" ]; then
    while read -r address wanted driver count by virtual list; do
        case $address in '' | '#'*) ;; *) one "$address" "$wanted" "$driver" "$count" "$by" "$virtual" "$list" </dev/null ;; esac
    done <"$conf"
fi
exit "$result"
`;
