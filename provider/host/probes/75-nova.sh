# Nova: its running services, which version is installed, who else writes its configuration, and of every configuration file only
# the sections and keys about PCI devices: passwords and addresses stay on the host.

# Services are found by the name of their process first: the arguments of one that hangs in the kernel cannot always be read. Workers
# have the arguments of their parent and are left out. Of a WSGI server only the arguments about Nova's files leave the host.
nova_arguments() {
  named '(nova-*' '(python*' '(uwsgi*' '(gunicorn*' '(apache2*' '(httpd*' '(wsgi*' 'nova-*' 'python*' 'uwsgi*' 'gunicorn*' 'apache2*' 'httpd*' 'wsgi*'
  set --
  for process in $found; do set -- "$@" "$process/cmdline"; done
  [ $# -ne 0 ] || return 0
  # shellcheck disable=SC2046 # names of files below /proc have no blanks
  set -- $(grep -laE 'nova' /dev/null "$@")
  [ $# -eq 0 ] || head -c 65536 /dev/null "$@" | tr '\000' '\n' | awk '
    function base(path) { sub(/.*\//, "", path); return path }
    function told(of, before) { return of ~ /^--config-(file|dir)(=|$)/ || before ~ /^--config-(file|dir)$/ }
    function flush(  i, first, program, text, word, words, n) {
      if (count == 0) return
      # A service that renames itself: "nova-scheduler: master process [PATH ARGUMENTS]".
      if (args[1] ~ /^nova-[a-z-]+: master process \[.*\] *$/) {
        text = args[1]
        sub(/^[^[]*\[/, "", text)
        sub(/\] *$/, "", text)
        count = split(text, args, / +/)
      }
      first = 1
      if (base(args[1]) ~ /^python[0-9.]*$/) { first = 2; while (first < count && args[first] ~ /^-/) first++ }
      program = base(args[first])
      text = "program " program "\npath " args[first]
      if (program ~ /^nova-[a-z-]+$/) {
        for (i = 1; i <= count; i++) text = text "\nargument " args[i]
      } else if (program ~ /uwsgi|gunicorn|apache2|httpd|wsgi/) {
        for (i = first; i <= count; i++) {
          word = args[i]
          if (match(word, /nova[-_.](api|metadata|wsgi)[-_.:a-z]*/)) text = text "\nnames " substr(word, RSTART, RLENGTH)
          n = split(word, words, / +/)
          for (w = 1; w <= n; w++) if (told(words[w], w > 1 ? words[w - 1] : args[i - 1])) text = text "\nargument " words[w]
        }
        if (text !~ /\nnames /) text = ""
      } else text = ""
      if (text != "" && !(text in seen)) { seen[text] = 1; print "service " process; print text }
      count = 0
    }
    /^==> .* <==$/ { flush(); process = $2; sub(/\/cmdline$/, "", process); next }
    $0 != "" { args[++count] = $0 }
    END { flush() }'
}

# nova_versions ROOT PREFIX: directories that Nova's package left beside it, for one Python environment.
nova_versions() {
  for found in "$1$2"/lib*/python3*/site-packages/nova-[0-9]*-info "$1$2"/lib/python3*/dist-packages/nova-[0-9]*-info \
    "$1$2"/local/lib/python3*/*-packages/nova-[0-9]*-info "$1$2"/lib/python3*/*-packages/nova-[0-9]*.egg-link; do
    [ ! -e "$found" ] || printf 'installed %s\n' "${found##*/}"
  done
}

# nova_process PROCESS PATH: what /proc says of one service. A root of its own is a container's.
nova_process() {
  awk -F: '($2 == "" || $2 == "name=systemd") && match($3, /[^\/]*\.(service|scope)$/) { print "unit", substr($3, RSTART); exit }' "$1/cgroup"
  inside=
  # shellcheck disable=SC2012 # one inode number
  if [ "$(ls -diL "$1/root/." | awk '{ print $1 }')" != "$(ls -diL /. | awk '{ print $1 }')" ] && [ -e "$1/root/etc/." ]; then
    inside=$1/root
    printf 'root %s\n' "$inside"
  fi
  tr '\000' '\n' <"$1/environ" | grep -E '^(HOME|SNAP|SNAP_COMMON|OS_NOVA_CONFIG_DIR|OS_NOVA_CONFIG_FILES)=' | sed 's/^/environment /'
  case $2 in
    */bin/*) prefix=${2%/bin/*} ;;
    *) prefix=/usr ;;
  esac
  [ -n "$inside" ] || prefix=${prefix#/}
  nova_versions "$inside" "$prefix" | sort -u
}

nova_services() {
  nova_arguments | while IFS= read -r line; do
    case $line in
      'service '*) process=${line#service } && printf '%s\n' "$line" ;;
      'path '*) nova_process "$process" "${line#path }" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

nova_installed() {
  versions=$(for prefix in usr opt/* opt/*/* openstack/venvs/nova-* var/lib/kolla/venv snap/openstack-hypervisor/current snap/openstack-hypervisor/current/usr; do
    [ ! -d "$prefix/lib" ] || nova_versions "" "$prefix"
  done)
  [ -z "$versions" ] || printf '%s\n' "$versions" | sort -u | sed 's/^/|/'
  tagged nova 'dpkg '
}

# Who would write Nova's files again. Puppet leaves no mark in a file, but lists what it manages.
nova_managers() {
  for mark in 'kolla etc/kolla/nova-compute' 'juju var/lib/juju/agents/unit-nova-*' 'snap var/snap/openstack-hypervisor' \
    'tripleo var/lib/config-data/puppet-generated/nova*' 'edpm var/lib/openstack/config/nova' 'openstack-ansible openstack/venvs/nova-*'; do
    for path in ${mark#* }; do
      [ ! -e "$path" ] || printf '|%s /%s\n' "${mark%% *}" "$path"
    done
  done
  for path in var/lib/puppet/state/resources.txt var/cache/puppet/state/resources.txt opt/puppetlabs/puppet/cache/state/resources.txt; do
    [ ! -r "$path" ] || ! grep -q 'nova_config\[' "$path" || printf '|puppet /%s\n' "$path"
  done
  for path in etc/nova/*.conf; do
    [ ! -r "$path" ] || head -n 30 "$path" | awk -v path="/$path" '
      !/^[#;]/ { next }
      /maintained by Juju/ { print "|juju", path; exit }
      /[Aa]nsible managed/ { print "|ansible", path; exit }
      /[Mm]anaged by [Pp]uppet/ { print "|puppet", path; exit }
      /[Mm]anaged by [Cc]hef|[Gg]enerated by Chef/ { print "|chef", path; exit }
      /[Mm]anaged by [Ss]alt/ { print "|salt", path; exit }'
  done
}

# Of a line that oslo.config does not take only its number is told: "?NUMBER WHAT". It costs the service all of its configuration.
nova_lines() {
  awk '
    function keep(text) { print FILENAME ":" text }
    function wrong(what) { keep("?" FNR " " what); open = 0 }
    { sub(/[ \t\r]+$/, "") }
    /^[?][0-9]+ [a-z]+$/ { keep($0); open = 0; next }
    /^$/ { open = 0; next }
    /^[ \t]/ { if (!open) wrong("continuation"); else if (kept) keep($0); next }
    /^\[/ {
      open = 0
      if ($0 !~ /\]$/ || length($0) < 3) { wrong("section"); next }
      section = substr($0, 2, length($0) - 2)
      name = tolower(section)
      whole = name == "pci" || name == "devices" || name == "filter_scheduler" || name ~ /^(mdev|vgpu)_/
      if (whole || section == "DEFAULT") keep($0)
      next
    }
    /^[#;]/ { open = 0; next }
    {
      at = match($0, /[:=]/)
      key = substr($0, 1, at - 1)
      sub(/[ \t]+$/, "", key)
      if (!at || key == "" || section == "") { wrong(section == "" && at ? "outside" : "assignment"); next }
      open = 1
      kept = whole || (section == "DEFAULT" && key ~ /^pci_/)
      if (kept) keep($0)
    }' "$1"
}

# Configuration files that command lines and homes of services name, below the root of each; a directory as a pattern.
nova_named() {
  awk '
    function named(path) { if (path ~ /^\//) print inside (wanted == "dir" ? path "/*.conf" : path); wanted = "" }
    { word = $1; rest = substr($0, length($1) + 2) }
    word == "service" { inside = ""; wanted = "" }
    word == "root" { inside = rest; print inside "/etc/nova/*.conf"; print inside "/etc/nova/*.conf.d/*.conf"; print inside "/usr/share/nova/nova-dist.conf" }
    word == "environment" && sub(/^HOME=/, "", rest) && rest != "/" { print inside rest "/.nova/*.conf"; print inside rest "/.nova/*.conf.d/*.conf"; print inside rest "/nova*.conf" }
    word == "environment" && sub(/^OS_NOVA_CONFIG_DIR=/, "", rest) { print inside rest "/*.conf" }
    word == "environment" && sub(/^SNAP(_COMMON)?=/, "", rest) { print inside rest "/etc/nova/*.conf"; print inside rest "/etc/nova/*.conf.d/*.conf" }
    word == "argument" && wanted != "" { named(rest); next }
    word == "argument" && match(rest, /^--config-(file|dir)/) {
      wanted = rest ~ /^--config-dir/ ? "dir" : "file"
      if (sub(/^--config-(file|dir)=/, "", rest)) named(rest)
    }'
}

nova_files() {
  set -- etc/nova/*.conf etc/nova/*.conf.d/*.conf etc/nova.conf usr/share/nova/nova-dist.conf etc/kolla/nova-compute/*.conf \
    var/lib/openstack/config/nova/*.conf var/snap/openstack-hypervisor/common/etc/nova/*.conf var/snap/openstack-hypervisor/common/etc/nova/*.conf.d/*.conf
  some=$services
  for path in "$@"; do
    [ ! -f "$path" ] || some=1
  done
  [ -n "$some" ] || return 0
  IFS=$newline
  {
    printf '%s\n' "$@"
    [ -z "$services" ] || printf '%s\n' "$services" | nova_named | sed 's|^/*||' | while read -r pattern; do
      # shellcheck disable=SC2086 # a pattern; IFS holds only a newline
      printf '%s\n' $pattern
    done
  } | sort -u | while read -r path; do
    if [ -f "$path" ] && [ ! -r "$path" ]; then
      printf '== names\nU %s\n' "$path"
    elif [ -f "$path" ]; then
      printf '== files\n%s\n== lines\n' "$path"
      nova_lines "$path"
    fi
  done
  unset IFS
}

services=
if recorded nova-services; then
  [ ! -s gpuhost/answers/nova-services ] || services=$(cat gpuhost/answers/nova-services)
elif [ -n "$processes" ]; then
  services=$(nova_services 2>/dev/null)
  [ -z "$services" ] || said nova-services "$services"
fi
concealed etc/nova/nova.conf && printf '== names\nU %s\n' etc/nova/nova.conf
work nova-installed nova_installed
work nova-managers nova_managers
nova_files
