import { BINDING_PATH } from "./bootBinding";

/**
 * Runs in the initial RAM file system, before udev loads drivers: POSIX sh as klibc and busybox have it, builtins and modprobe only. Per address it
 * reads the ids again and leaves a function of other ids alone, since bus numbers move when cards are added or firmware
 * is changed. Works below GPUHOST_ROOT, for tests.
 */
export const BIND_SCRIPT = `root=\${GPUHOST_ROOT:-}
conf=$root${BINDING_PATH}

say() {
    { printf '<5>gpuhost: %s\\n' "$*" >"$root/dev/kmsg"; } 2>/dev/null || :
}

# Sets ids to what is at the device $1; "" when there is nothing.
read_ids() {
    ids=''
    for name in vendor device subsystem_vendor subsystem_device; do
        value=''
        { read -r value <"$1/$name"; } 2>/dev/null || :
        ids=$ids\${ids:+:}\${value#0x}
    done
}

# Sets bound to the driver of the device $1; "" when it has none.
read_driver() {
    bound=''
    if [ -e "$1/driver" ]; then bound=$(cd -P "$1/driver" && pwd) && bound=\${bound##*/}; fi
}

bind_all() {
    drivers='' matching=' '
    while read -r address wanted driver rest; do
        case $address in '' | '#'*) continue ;; esac
        device=$root/sys/bus/pci/devices/$address
        read_ids "$device"
        if [ "$ids" != "$wanted" ]; then
            say "$address is \${ids:-not there}, expected $wanted: left alone"
            continue
        fi
        if ! { printf '%s\\n' "$driver" >"$device/driver_override"; } 2>/dev/null; then
            say "$address: driver_override could not be written: left alone"
            continue
        fi
        matching="$matching$address "
        case " $drivers " in *" $driver "*) ;; *) drivers="$drivers $driver" ;; esac
    done <"$conf"
    for driver in $drivers; do
        modprobe -q "$driver" </dev/null >/dev/null 2>&1 || say "$driver could not be loaded"
    done
    while read -r address wanted driver rest; do
        case $matching in *" $address "*) ;; *) continue ;; esac
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
    done <"$conf"
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
