import { BINDING_PATH } from "./bootBinding";
import { BIND_SCRIPT, SELECT_SCRIPT } from "./bootBindingScript";

/** A file of ours that brings the binding into the boot; the same for every host. */
export interface HookFile {
  readonly path: string;
  readonly text: string;
  readonly mode: string;
  /** For the preview: completes "written: ...". */
  readonly does: string;
}

const BINDING_FOLDER = BINDING_PATH.slice(0, BINDING_PATH.lastIndexOf("/"));
const HEAD = "# gpuhost: written by the resource VfioBinding of a Pulumi stack; it goes when that goes.";
const PREREQS = `case \${1:-} in
    prereqs)
        echo ""
        exit 0
        ;;
esac
`;

/**
 * initramfs-tools(7). A script of init-top cannot ask to run before udev, whose own prerequisites are the package's: scripts without a
 * relation run in the order that tsort gives them, by name, and "gpuhost" comes before "udev". The hook works that order out as
 * mkinitramfs will and says so (and ends a trial's image) when it does not come out that way.
 */
const INITRAMFS_TOOLS: readonly HookFile[] = [
  {
    path: "/etc/initramfs-tools/hooks/gpuhost", mode: "0755", does: "copies the binding and its drivers into the images",
    text: `#!/bin/sh
${HEAD}
${PREREQS}
# shellcheck source=/dev/null
. "\${GPUHOST_ROOT:-}/usr/share/initramfs-tools/hook-functions"

${SELECT_SCRIPT}
# Order of the scripts of init-top: initramfs-tools' own way (get_prereq_pairs | tsort).
gpuhost_order() {
    for gpuhost_script in "$DESTDIR"/scripts/init-top/*; do
        if [ ! -f "$gpuhost_script" ] || [ ! -x "$gpuhost_script" ]; then continue; fi
        gpuhost_name=\${gpuhost_script##*/}
        printf '%s %s\\n' "$gpuhost_name" "$gpuhost_name"
        for gpuhost_before in $("$gpuhost_script" prereqs); do printf '%s %s\\n' "$gpuhost_before" "$gpuhost_name"; done
    done | tsort | while read -r gpuhost_name; do printf '[%s]' "$gpuhost_name"; done
}

gpuhost_text=$(gpuhost_binding)
if [ -z "$gpuhost_text" ]; then exit 0; fi
mkdir -p "$DESTDIR${BINDING_FOLDER}" || exit 1
printf '%s\\n' "$gpuhost_text" >"$DESTDIR${BINDING_PATH}" || exit 1
for gpuhost_driver in $(gpuhost_drivers); do manual_add_modules "$gpuhost_driver"; done

case $(gpuhost_order) in
    *"[udev]"*"[gpuhost]"*)
        echo "gpuhost: in this image udev would load drivers before scripts/init-top/gpuhost binds: the binding would come too late" >&2
        if [ "\${GPUHOST_TRIAL:-}" = 1 ]; then exit 1; fi
        ;;
esac
exit 0
`,
  },
  {
    path: "/etc/initramfs-tools/scripts/init-top/gpuhost", mode: "0755", does: "binds by address at boot, before udev loads drivers; a function of other ids is left alone",
    text: `#!/bin/sh
${HEAD}
# Does nothing in an image without ${BINDING_PATH}.
${PREREQS}
${BIND_SCRIPT}`,
  },
];

/** dracut.modules(7): hooks are sourced there, so ours only calls the script. The pre-udev hooks run before udev is started. */
const DRACUT: readonly HookFile[] = [
  {
    path: "/usr/lib/dracut/modules.d/90gpuhost/module-setup.sh", mode: "0755", does: "copies the binding and its drivers into the images",
    text: `#!/bin/bash
${HEAD}
# shellcheck disable=SC2154

${SELECT_SCRIPT}
check() {
    [ -n "$(gpuhost_binding)" ] || return 1
}

depends() {
    return 0
}

installkernel() {
    local gpuhost_driver
    for gpuhost_driver in $(gpuhost_drivers); do hostonly='' instmods "$gpuhost_driver"; done
}

install() {
    mkdir -p "$initdir${BINDING_FOLDER}"
    gpuhost_binding >"$initdir${BINDING_PATH}"
    inst_script "$moddir/gpuhost-bind.sh" /sbin/gpuhost-bind
    inst_hook pre-udev 00 "$moddir/gpuhost-pre-udev.sh"
}
`,
  },
  {
    path: "/usr/lib/dracut/modules.d/90gpuhost/gpuhost-bind.sh", mode: "0755", does: "binds by address at boot, before udev loads drivers; a function of other ids is left alone",
    text: `#!/bin/sh
${HEAD}
${BIND_SCRIPT}`,
  },
  {
    path: "/usr/lib/dracut/modules.d/90gpuhost/gpuhost-pre-udev.sh", mode: "0755", does: "calls it",
    text: `#!/bin/sh
${HEAD}
/sbin/gpuhost-bind
`,
  },
];

export function hookFiles(tool: "initramfs-tools" | "dracut"): readonly HookFile[] {
  return tool === "dracut" ? DRACUT : INITRAMFS_TOOLS;
}

/** Every path that a binding may have written, whatever tool the host had then. */
export const ALL_BINDING_PATHS: readonly string[] = [BINDING_PATH, ...[...INITRAMFS_TOOLS, ...DRACUT].map((file) => file.path)];
