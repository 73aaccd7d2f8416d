import { ANY_ADDRESS, BINDING_PATH } from "./bootBinding";
import { READ_IDS } from "./readIdsScript";

/**
 * Runs in the initial RAM file system, before udev loads drivers: POSIX sh as klibc and busybox have it, builtins and modprobe only. Per address it
 * reads the ids again and leaves a function of other ids alone, since bus numbers move when cards are added or firmware
 * is changed. A line about ids takes displays and accelerators only, and never what the host booted on: nobody has reviewed the function that it
 * meets. driver_override, and never new_id: that would hand over what nobody named. Works below GPUHOST_ROOT, for tests.
 */
export const BIND_SCRIPT = `root=\${GPUHOST_ROOT:-}
conf=$root${BINDING_PATH}

say() {
    { printf '<5>gpuhost: %s\\n' "$*" >>"$root/dev/kmsg"; } 2>/dev/null || :
}

${READ_IDS}

# Sets bound to the driver of the device $1; "" when it has none.
read_driver() {
    bound=''
    if [ -e "$1/driver" ]; then bound=$(cd -P "$1/driver" && pwd) && bound=\${bound##*/}; fi
}

# take ADDRESS DRIVER
take() {
    if ! { printf '%s\\n' "$2" >"$root/sys/bus/pci/devices/$1/driver_override"; } 2>/dev/null; then
        say "$1: driver_override could not be written: left alone"
        return 0
    fi
    taken="$taken $1=$2"
    case " $drivers " in *" $2 "*) ;; *) drivers="$drivers $2" ;; esac
}

# Sets needed to why the device $1 is not taken by its ids alone; "" when it may be.
read_needed() {
    needed='' value=''
    { read -r value <"$1/class"; } 2>/dev/null || :
    case $value in 0x03* | 0x12*) ;; *) needed="is no display or accelerator (class \${value:-not readable})" ;; esac
    value=''
    { read -r value <"$1/boot_vga"; } 2>/dev/null || :
    if [ "$value" = 1 ]; then needed='is the display the host booted on'; fi
    if [ -e "$1/physfn" ]; then needed='is a virtual function'; fi
}

# take_ids IDS DRIVER: wherever one is that no line names by its address.
take_ids() {
    for device in "$root/sys/bus/pci/devices/"*; do
        address=\${device##*/}
        read_ids "$device"
        case $ids in "$1" | "$1":*) ;; *) continue ;; esac
        case "$taken " in *" $address="*) continue ;; esac
        read_needed "$device"
        if [ -n "$needed" ]; then
            say "$address is $ids as asked for wherever it is, but $needed: left alone"
        else
            say "$address is $ids as asked for wherever it is"
            take "$address" "$2"
        fi
    done
}

# What is named by address comes first: a line about ids has the rest.
take_all() {
    while read -r address wanted driver rest; do
        case $address in '' | '#'* | ${ANY_ADDRESS}) continue ;; esac
        read_ids "$root/sys/bus/pci/devices/$address"
        if [ "$ids" = "$wanted" ]; then
            take "$address" "$driver"
        else
            say "$address is \${ids:-not there}, expected $wanted: left alone"
        fi
    done <"$conf"
    while read -r address wanted driver rest; do
        if [ "$address" = ${ANY_ADDRESS} ]; then take_ids "$wanted" "$driver"; fi
    done <"$conf"
}

bind_all() {
    taken='' drivers=''
    take_all
    for driver in $drivers; do
        modprobe -q "$driver" </dev/null >/dev/null 2>&1 || say "$driver could not be loaded"
    done
    for each in $taken; do
        address=\${each%%=*} driver=\${each#*=}
        device=$root/sys/bus/pci/devices/$address
        read_driver "$device"
        if [ -z "$bound" ]; then
            { printf '%s\\n' "$address" >"$root/sys/bus/pci/drivers_probe"; } 2>/dev/null || :
            read_driver "$device"
        fi
        if [ "$bound" = "$driver" ]; then
            say "$address is on $driver"
        else
            say "$address is on \${bound:-no driver}, not on $driver"
        fi
    done
}

if [ -r "$conf" ]; then bind_all; fi
`;

/** Prints the lines of the binding file that count for the image that is being built; POSIX sh, for both tools' hooks. */
export const SELECT_SCRIPT = `# The lines that count for the image being built: what is on trial only where GPUHOST_TRIAL=1, what was kept before until then.
gpuhost_binding() {
    gpuhost_state='' gpuhost_wanted='' gpuhost_kept=''
    gpuhost_newline='
'
    if [ ! -r "\${GPUHOST_ROOT:-}${BINDING_PATH}" ]; then return 0; fi
    while IFS= read -r gpuhost_line; do
        case $gpuhost_line in
            '# gpuhost state: '*) gpuhost_state=\${gpuhost_line#*: } ;;
            '# gpuhost kept: '*) gpuhost_kept=$gpuhost_kept\${gpuhost_line#*: }$gpuhost_newline ;;
            '' | '#'*) ;;
            *) gpuhost_wanted=$gpuhost_wanted$gpuhost_line$gpuhost_newline ;;
        esac
    done <"\${GPUHOST_ROOT:-}${BINDING_PATH}"
    if [ "$gpuhost_state" != kept ] && [ "\${GPUHOST_TRIAL:-}" != 1 ]; then gpuhost_wanted=$gpuhost_kept; fi
    printf '%s' "$gpuhost_wanted"
}

# The drivers named there, each once.
gpuhost_drivers() {
    gpuhost_binding | {
        gpuhost_drivers=' '
        while read -r _ _ gpuhost_driver; do
            case $gpuhost_drivers in *" $gpuhost_driver "*) ;; *) gpuhost_drivers="$gpuhost_drivers$gpuhost_driver " && printf '%s\\n' "$gpuhost_driver" ;; esac
        done
    }
}
`;
