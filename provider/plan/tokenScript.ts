import { LIST_VALUED } from "../facts/argument";

/**
 * Reading tokens of a command line in POSIX sh, for our GRUB drop-in. The builtins of dash, bash and busybox ash suffice; nothing is expanded
 * unquoted, so nothing is globbed. Same meaning as argument.ts.
 */
export const TOKEN_SCRIPT = `# shellcheck shell=sh disable=SC2034
gpuhost_newline='
'

# Takes the next token off gpuhost_rest: gpuhost_space before it, gpuhost_token itself. Only double quotes quote, as in the kernel.
gpuhost_next() {
    gpuhost_space='' gpuhost_token='' gpuhost_quoted=''
    while [ -n "$gpuhost_rest" ]; do
        case $gpuhost_rest in
            \\"*)
                gpuhost_token=$gpuhost_token\\"
                gpuhost_rest=\${gpuhost_rest#?}
                if [ -n "$gpuhost_quoted" ]; then gpuhost_quoted=''; else gpuhost_quoted=1; fi
                ;;
            ' '* | '	'* | "$gpuhost_newline"*)
                if [ -z "$gpuhost_quoted" ] && [ -n "$gpuhost_token" ]; then return 0; fi
                gpuhost_char=\${gpuhost_rest%"\${gpuhost_rest#?}"}
                gpuhost_rest=\${gpuhost_rest#?}
                if [ -n "$gpuhost_quoted" ]; then
                    gpuhost_token=$gpuhost_token$gpuhost_char
                else
                    gpuhost_space=$gpuhost_space$gpuhost_char
                fi
                ;;
            *)
                gpuhost_char=\${gpuhost_rest%%["\\"	 $gpuhost_newline"]*}
                gpuhost_token=$gpuhost_token$gpuhost_char
                gpuhost_rest=\${gpuhost_rest#"$gpuhost_char"}
                ;;
        esac
    done
}

# "-" and "_" are the same in a parameter's name.
gpuhost_fold() {
    gpuhost_folded='' gpuhost_tail=$1
    while :; do
        case $gpuhost_tail in
            *-*) gpuhost_folded=$gpuhost_folded\${gpuhost_tail%%-*}_ gpuhost_tail=\${gpuhost_tail#*-} ;;
            *) gpuhost_folded=$gpuhost_folded$gpuhost_tail && return 0 ;;
        esac
    done
}

# Splits token $1 into gpuhost_name, gpuhost_folded, gpuhost_has (1: there is a value), gpuhost_value, gpuhost_wrap (its quote).
gpuhost_split() {
    gpuhost_name=$1 gpuhost_has='' gpuhost_value='' gpuhost_wrap=''
    case $gpuhost_name in \\"*) gpuhost_name=\${gpuhost_name#?} gpuhost_wrap=\\" ;; esac
    case $gpuhost_name in
        ?*=*)
            gpuhost_has=1 gpuhost_tail=\${gpuhost_name#?}
            gpuhost_value=\${gpuhost_tail#*=}
            gpuhost_name=\${gpuhost_name%"=$gpuhost_value"}
            case $gpuhost_value in \\"*) gpuhost_value=\${gpuhost_value#?} gpuhost_wrap=\\" ;; esac
            if [ -n "$gpuhost_wrap" ]; then gpuhost_value=\${gpuhost_value%\\"}; fi
            ;;
        *) if [ -n "$gpuhost_wrap" ]; then gpuhost_name=\${gpuhost_name%\\"}; fi ;;
    esac
    gpuhost_fold "$gpuhost_name"
}

gpuhost_is_list() {
    case $1 in
        ${LIST_VALUED.join(" | ")}) return 0 ;;
    esac
    return 1
}
`;
