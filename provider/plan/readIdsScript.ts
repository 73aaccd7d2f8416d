/** Shell function of our boot scripts, in words that the shells of every initramfs have: who is at an address, before anything is done to it. */
export const READ_IDS = `# Sets ids to what is at the device $1; "" when there is nothing.
read_ids() {
    ids=''
    for name in vendor device subsystem_vendor subsystem_device; do
        value=''
        { read -r value <"$1/$name"; } 2>/dev/null || :
        ids=$ids\${ids:+:}\${value#0x}
    done
}`;
