# shellcheck shell=sh disable=SC2016
# Reading grub.cfg as GRUB does, as far as it matters: entries in their submenus, the words of a line, the default.

# Words of a GRUB script line (quotes, backslash) and of a kernel command line: the text without its quoting.
AWK_WORDS='
function words(line, out,    i, c, n, quote, word, started) {
  n = 0; quote = ""; word = ""; started = 0
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (quote == "\047") { if (c == quote) quote = ""; else word = word c; continue }
    if (c == "\\" && i < length(line)) { i++; word = word substr(line, i, 1); started = 1; continue }
    if (c == "\042") { quote = (quote == "" ? c : ""); started = 1; continue }
    if (c == "\047" && quote == "") { quote = c; started = 1; continue }
    if ((c == " " || c == "\t") && quote == "") { if (started) out[++n] = word; word = ""; started = 0; continue }
    word = word c; started = 1
  }
  if (started) out[++n] = word
  return n
}
function shown(token) { return token ~ /[Pp]ass|[Ss]ecret|[Tt]oken|[Cc]redential/ ? substr(token, 1, index(token "=", "=")) "(hidden)" : token }
'

# menu(line) follows menuentry and submenu lines: KEY is the entry a line belongs to, "" outside; AT its place by number.
AWK_MENU=$AWK_WORDS'
function menu(line,    w, n, i, id, key) {
  ENTERED = 0
  if (line ~ /^[ \t]*(menuentry|submenu)[ \t].*\{[ \t]*$/) {
    n = words(line, w); id = w[2]
    for (i = 3; i < n; i++) if (w[i] == "--id" || w[i] == "$menuentry_id_option") id = w[++i]
    COUNT[DEPTH]++
    PLACE = (DEPTH ? PLACES[DEPTH] ">" : "") (COUNT[DEPTH] - 1)
    key = (DEPTH ? KEYS[DEPTH] ">" : "") id
    if (SEEN[key]++) key = key "#" SEEN[key]
    DEPTH++; KEYS[DEPTH] = key; PLACES[DEPTH] = PLACE; KINDS[DEPTH] = w[1]; COUNT[DEPTH] = 0
    IDS[key] = id; TITLES[key] = w[2]; KIND[key] = w[1]; BY_PLACE[PLACE] = key; PARENT[key] = DEPTH > 1 ? KEYS[DEPTH - 1] : ""
    ORDER[++ENTRIES] = key; ENTERED = 1
    return
  }
  if (DEPTH && line ~ /^[ \t]*\}[ \t]*$/) { DEPTH--; LEFT = 1; return }
}
function current() { return DEPTH && KINDS[DEPTH] == "menuentry" ? KEYS[DEPTH] : "" }
function restart(    i) { DEPTH = 0; ENTRIES = 0; split("", COUNT); split("", SEEN); split("", ORDER); split("", BY_PLACE); split("", KIND); split("", IDS); split("", TITLES) }
BEGIN { restart() }
'

# grub_compare OLD NEW ADDS REMOVES: what differs between two configurations beyond the tokens named, one sentence a line.
# Our own extra entry is left out. 1 when something does.
grub_compare() {
  awk "$AWK_MENU"'
    function remember(which, key, line,    w, n, i) {
      n = words(line, w)
      if (w[1] ~ /^linux(efi|16)?$/) {
        KERNEL[which, key] = w[2]
        for (i = 3; i <= n; i++) TOKEN[which, key, ++TOKENS[which, key]] = w[i]
      } else if (w[1] ~ /^initrd/) for (i = 2; i <= n; i++) INITRD[which, key] = INITRD[which, key] " " w[i]
    }
    function title(which, key) { return "entry \"" TITLE[which, key] "\"" }
    function differ(text) { print text; bad = 1 }
    function tally(which, key,    i) { split("", N); for (i = 1; i <= TOKENS[which, key]; i++) N[TOKEN[which, key, i]]++ }
    # A list may name a parameter with any value: "pci=*".
    function in_adds(t) { return (t in adds) || ((substr(t, 1, index(t, "=")) "*") in adds) }
    function in_removes(t) { return (t in removes) || ((substr(t, 1, index(t, "=")) "*") in removes) }
    function rest(which, key,    i, t, text) {
      for (i = 1; i <= TOKENS[which, key]; i++) { t = TOKEN[which, key, i]; if (!in_adds(t) && !in_removes(t)) text = text "\001" t }
      return text
    }
    function compare(key,    i, t, said) {
      if (KERNEL["old", key] != KERNEL["new", key]) differ(title("old", key) " would start " KERNEL["new", key] " instead of " KERNEL["old", key])
      if (INITRD["old", key] != INITRD["new", key]) differ(title("old", key) " would use" INITRD["new", key] " instead of" INITRD["old", key])
      tally("old", key); for (t in N) OLD[t] = N[t]
      tally("new", key)
      for (t in OLD) if (N[t] < OLD[t] && !in_removes(t) && !(in_adds(t) && N[t])) { differ(title("old", key) " would lose " shown(t)); said = 1 }
      for (t in N) if (N[t] > OLD[t] && !in_adds(t)) { differ(title("old", key) " would gain " shown(t)); said = 1 }
      if (!said && rest("old", key) != rest("new", key)) differ(title("old", key) " would have its arguments in another order")
      split("", OLD)
    }
    which == "adds" || which == "removes" {
      n = words($0, w); if (!n) next
      t = w[1]; for (i = 2; i <= n; i++) t = t " " w[i]
      if (which == "adds") adds[t] = 1; else removes[t] = 1
      next
    }
    last != which { restart(); last = which }
    { menu($0) }
    ENTERED { e = KEYS[DEPTH]; if (IDS[e] != "gpuhost-trial" && KIND[e] == "menuentry") { HAVE[which, e] = 1; TITLE[which, e] = TITLES[e]; LIST[++M] = which SUBSEP e } next }
    !DEPTH && /^[ \t]*set[ \t]+default=/ && !/next_entry/ { DEFAULT[which] = DEFAULT[which] $0 }
    current() != "" { remember(which, current(), $0) }
    END {
      for (i = 1; i <= M; i++) {
        split(LIST[i], k, SUBSEP)
        if (k[1] == "old" && !(("new", k[2]) in HAVE)) differ(title("old", k[2]) " would go")
        else if (k[1] == "new" && !(("old", k[2]) in HAVE)) differ(title("new", k[2]) " would appear")
        else if (k[1] == "old") compare(k[2])
      }
      if (DEFAULT["old"] != DEFAULT["new"]) differ("another entry would be the default")
      if (!M) differ("there are no entries")
      exit bad
    }' which=adds "$3" which=removes "$4" which=old "$1" which=new "$2"
}

# grub_default FILE SAVED_ENTRY: the default entry, its key on the first line, then its lines as they stand.
grub_default() {
  awk -v saved="$2" "$AWK_MENU"'
    { was = current(); menu($0); now = current() }
    { k = now != "" ? now : was; if (k != "") TEXT[k] = TEXT[k] $0 "\n" }
    !DEPTH && /^[ \t]*set[ \t]+default=/ && !/next_entry/ { d = $0; sub(/^[^=]*=/, "", d); words(d, w); spec = w[1] }
    END {
      if (spec ~ /saved_entry/) spec = saved
      if (spec == "") spec = "0"
      gsub(/>>/, "\001", spec)
      n = split(spec, part, ">"); key = ""; place = ""
      for (i = 1; i <= n; i++) {
        gsub(/\001/, ">", part[i]); found = ""
        if (part[i] ~ /^[0-9]+$/) { place = place (i > 1 ? ">" : "") (part[i] + 0); found = BY_PLACE[place] }
        if (found == "") for (j = 1; j <= ENTRIES; j++) {
          e = ORDER[j]
          if (PARENT[e] == key && (IDS[e] == part[i] || TITLES[e] == part[i])) { found = e; break }
        }
        if (found == "") exit 1
        key = found
        for (p in BY_PLACE) if (BY_PLACE[p] == key) place = p
      }
      if (KIND[key] != "menuentry") exit 1
      printf "%s\n%s", key, TEXT[key]
    }' "$1"
}

# linux_words: from the lines of one entry on standard input, "K kernel" and "A token" for each argument, "I image" for each initrd.
linux_words() {
  awk "$AWK_WORDS"'
    { n = words($0, w) }
    w[1] ~ /^linux(efi|16)?$/ { print "K " w[2]; for (i = 3; i <= n; i++) print "A " w[i] }
    w[1] ~ /^initrd/ { for (i = 2; i <= n; i++) print "I " w[i] }'
}

# linux_arguments: what stands after the kernel in the entry on standard input, as it stands.
linux_arguments() { sed -n 's/^[[:space:]]*linux\(efi\|16\)\{0,1\}[[:space:]]\{1,\}[^[:space:]]*[[:space:]]*//p'; }

# trial_entry TITLE INITRD: makes the extra entry of the one on standard input. It has an id of its own and no generated one (GRUB
# would take that), does not save itself as the default, and names INITRD in place of its last image when that is not "".
trial_entry() {
  awk -v title="$1" -v image="$2" "$AWK_WORDS"'
    function plain(word) { if (word ~ /^[A-Za-z0-9_.,:=\/-]+$/) return word; gsub(/\047/, "\047\\\047\047", word); return "\047" word "\047" }
    /^[ \t]*menuentry[ \t]/ {
      n = words($0, w); line = "menuentry " plain(title)
      for (i = 3; i < n; i++) if (w[i] == "--id" || w[i] == "$menuentry_id_option") i++; else line = line " " plain(w[i])
      print line " --id gpuhost-trial {"; next
    }
    /^[ \t]*savedefault[ \t]*$/ { next }
    image != "" && /^[ \t]*initrd/ { sub(/[^ \t]+[ \t]*$/, ""); print $0 image; next }
    { print }'
}

# grub_splice FILE ENTRY: FILE with the section that /etc/grub.d/42_gpuhost_trial would print, where it would print it; ENTRY "" takes
# the section out. Every other byte stays.
grub_splice() {
  awk -v entry="$2" '
    function flush() { if (held) print ""; held = 0 }
    function section(   line) {
      if (entry == "" || written++) return
      print ""
      print "### BEGIN /etc/grub.d/42_gpuhost_trial ###"
      while ((getline line < entry) > 0) print line
      print "### END /etc/grub.d/42_gpuhost_trial ###"
    }
    /^### BEGIN \/etc\/grub\.d\/42_gpuhost_trial ###$/ { held = 0; skip = 1 }
    skip { if (/^### END \/etc\/grub\.d\/42_gpuhost_trial ###$/) skip = 0; next }
    /^### BEGIN \/etc\/grub\.d\// { name = substr($3, 13); if (name > "42_gpuhost_trial") { section() } }
    $0 == "" { flush(); held = 1; next }
    { flush(); print }
    END { section(); flush() }' "$1"
}
