/** Systemd units of ours that work once at every boot, and may take minutes for it; `/etc/systemd/system` has those that a host was given. */
export const VIRTUAL_UNIT = "gpuhost-virtual-functions.service";
export const MDEV_UNIT = "gpuhost-mediated-devices.service";
export const BOOT_UNITS: readonly string[] = [VIRTUAL_UNIT, MDEV_UNIT];
