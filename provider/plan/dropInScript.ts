import { TOKEN_SCRIPT } from "./tokenScript";

/**
 * The code of our GRUB drop-in: sourced by grub-mkconfig (which runs under `sh -e`) each time it renders the boot entries. It reads the wish from
 * the comment lines in the here-document at its end, so that these lines are the only place where it is written down. Same meaning
 * as applyArguments.ts.
 */
export const DROP_IN_SCRIPT = `${TOKEN_SCRIPT}
# Splits the wish $1 into gpuhost_want_name, gpuhost_want_has, gpuhost_want_value.
gpuhost_want() {
    gpuhost_split "$1"
    gpuhost_want_name=$gpuhost_folded gpuhost_want_has=$gpuhost_has gpuhost_want_value=$gpuhost_value
}

# Leaves in gpuhost_kept the elements of list $1 that the wish does not name.
gpuhost_filter() {
    gpuhost_kept='' gpuhost_dropped='' gpuhost_list=$1,
    gpuhost_comma=''
    while [ -n "$gpuhost_list" ]; do
        gpuhost_element=\${gpuhost_list%%,*} gpuhost_list=\${gpuhost_list#*,}
        case $gpuhost_want_value in
            *=\\*) case $gpuhost_element in "\${gpuhost_want_value%?}"*) gpuhost_dropped=1 && continue ;; esac ;;
            *) case ,$gpuhost_want_value, in *",$gpuhost_element,"*) gpuhost_dropped=1 && continue ;; esac ;;
        esac
        gpuhost_kept=$gpuhost_kept$gpuhost_comma$gpuhost_element gpuhost_comma=,
    done
}

# gpuhost_text without what the wish $1 names.
gpuhost_remove() {
    gpuhost_want "$1"
    gpuhost_rest=$gpuhost_text gpuhost_text='' gpuhost_removed=''
    while :; do
        gpuhost_next
        if [ -z "$gpuhost_token" ]; then break; fi
        gpuhost_split "$gpuhost_token"
        if [ "$gpuhost_folded" = "$gpuhost_want_name" ] && [ "$gpuhost_has" = "$gpuhost_want_has" ]; then
            if [ -z "$gpuhost_has" ] || [ "$gpuhost_want_value" = '*' ]; then
                gpuhost_token=''
            elif gpuhost_is_list "$gpuhost_folded"; then
                gpuhost_filter "$gpuhost_value"
                if [ -n "$gpuhost_dropped" ]; then
                    gpuhost_token=''
                    if [ -n "$gpuhost_comma" ]; then gpuhost_token=$gpuhost_name=$gpuhost_wrap$gpuhost_kept$gpuhost_wrap; fi
                fi
            elif [ "$gpuhost_value" = "$gpuhost_want_value" ]; then
                gpuhost_token=''
            fi
        fi
        if [ -z "$gpuhost_token" ]; then
            gpuhost_removed=1
        else
            if [ -n "$gpuhost_removed" ] && [ -z "$gpuhost_text" ]; then gpuhost_space=''; fi
            gpuhost_text=$gpuhost_text$gpuhost_space$gpuhost_token
        fi
    done
    gpuhost_text=$gpuhost_text$gpuhost_space
}

# Adds to gpuhost_missing what text $1 does not lack: takes off it each element (or the one value) that $1 has.
gpuhost_look() {
    gpuhost_rest=$1
    while [ -n "$gpuhost_missing" ]; do
        gpuhost_next
        if [ -z "$gpuhost_token" ]; then return 0; fi
        gpuhost_split "$gpuhost_token"
        if [ "$gpuhost_folded" != "$gpuhost_want_name" ] || [ "$gpuhost_has" != "$gpuhost_want_has" ]; then continue; fi
        if [ -n "$gpuhost_has" ] && gpuhost_is_list "$gpuhost_folded"; then
            gpuhost_found=,$gpuhost_value, gpuhost_left=''
            while [ -n "$gpuhost_missing" ]; do
                gpuhost_element=\${gpuhost_missing%%,*} gpuhost_missing=\${gpuhost_missing#*,}
                case $gpuhost_found in *",$gpuhost_element,"*) ;; *) gpuhost_left=$gpuhost_left$gpuhost_element, ;; esac
            done
            gpuhost_missing=$gpuhost_left
        elif [ "$gpuhost_value" = "$gpuhost_want_value" ]; then
            gpuhost_missing=''
        fi
    done
}

# Adds the missing elements to the first token of that name in gpuhost_text; false when there is none.
gpuhost_merge() {
    gpuhost_rest=$gpuhost_text gpuhost_out=''
    while :; do
        gpuhost_next
        if [ -z "$gpuhost_token" ]; then return 1; fi
        gpuhost_split "$gpuhost_token"
        if [ "$gpuhost_folded" = "$gpuhost_want_name" ] && [ -n "$gpuhost_has" ]; then
            gpuhost_value=$gpuhost_value\${gpuhost_value:+,}\${gpuhost_missing%,}
            gpuhost_text=$gpuhost_out$gpuhost_space$gpuhost_name=$gpuhost_wrap$gpuhost_value$gpuhost_wrap$gpuhost_rest
            return 0
        fi
        gpuhost_out=$gpuhost_out$gpuhost_space$gpuhost_token
    done
}

# Makes the wish $1 stand in gpuhost_linux or gpuhost_default.
gpuhost_add() {
    gpuhost_want "$1"
    gpuhost_missing=$gpuhost_want_value,
    gpuhost_look "$gpuhost_linux"
    gpuhost_look "$gpuhost_default"
    if [ -z "$gpuhost_missing" ]; then return 0; fi
    if [ -n "$gpuhost_want_has" ] && gpuhost_is_list "$gpuhost_want_name"; then
        gpuhost_text=$gpuhost_default
        if gpuhost_merge; then gpuhost_default=$gpuhost_text && return 0; fi
        gpuhost_text=$gpuhost_linux
        if gpuhost_merge; then gpuhost_linux=$gpuhost_text && return 0; fi
    fi
    case $gpuhost_default in
        '' | *' ' | *'	' | *"$gpuhost_newline") gpuhost_default=$gpuhost_default$1 ;;
        *) gpuhost_default="$gpuhost_default $1" ;;
    esac
}

gpuhost_apply() {
    while [ -n "$gpuhost_unwanted" ]; do
        gpuhost_item=\${gpuhost_unwanted%%"$gpuhost_newline"*} gpuhost_unwanted=\${gpuhost_unwanted#*"$gpuhost_newline"}
        gpuhost_text=$gpuhost_linux
        gpuhost_remove "$gpuhost_item"
        gpuhost_linux=$gpuhost_text gpuhost_text=$gpuhost_default
        gpuhost_remove "$gpuhost_item"
        gpuhost_default=$gpuhost_text
    done
    while [ -n "$gpuhost_wanted" ]; do
        gpuhost_item=\${gpuhost_wanted%%"$gpuhost_newline"*} gpuhost_wanted=\${gpuhost_wanted#*"$gpuhost_newline"}
        gpuhost_add "$gpuhost_item"
    done
}

# Reads the wish from standard input. What is on trial counts only where GPUHOST_TRIAL=1; what was kept before counts until then.
gpuhost_main() {
    gpuhost_state='' gpuhost_wanted='' gpuhost_unwanted='' gpuhost_kept_wanted='' gpuhost_kept_unwanted=''
    while IFS= read -r gpuhost_line; do
        gpuhost_item=\${gpuhost_line#*: }$gpuhost_newline
        case $gpuhost_line in
            '# gpuhost state: '*) gpuhost_state=\${gpuhost_line#*: } ;;
            '# gpuhost should-exist: '*) gpuhost_wanted=$gpuhost_wanted$gpuhost_item ;;
            '# gpuhost should-not-exist: '*) gpuhost_unwanted=$gpuhost_unwanted$gpuhost_item ;;
            '# gpuhost kept-should-exist: '*) gpuhost_kept_wanted=$gpuhost_kept_wanted$gpuhost_item ;;
            '# gpuhost kept-should-not-exist: '*) gpuhost_kept_unwanted=$gpuhost_kept_unwanted$gpuhost_item ;;
        esac
    done
    if [ "$gpuhost_state" != kept ] && [ "\${GPUHOST_TRIAL:-}" != 1 ]; then
        gpuhost_wanted=$gpuhost_kept_wanted gpuhost_unwanted=$gpuhost_kept_unwanted
    fi
    gpuhost_linux=\${GRUB_CMDLINE_LINUX:-} gpuhost_default=\${GRUB_CMDLINE_LINUX_DEFAULT:-}
    gpuhost_apply
    GRUB_CMDLINE_LINUX=$gpuhost_linux
    GRUB_CMDLINE_LINUX_DEFAULT=$gpuhost_default
}
`;
