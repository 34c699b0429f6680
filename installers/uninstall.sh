#!/bin/sh
# Removes what install.sh put on this machine: exactly what its manifest lists; and what a k3s that croft ran has left
# (remove-k3s.sh). See --help.
set -eu

usage() {
  cat <<'USAGE'
Usage: uninstall.sh [OPTION]...
Stops croft and removes what install.sh installed, and what a k3s that croft ran has left. Exit code 0 only if nothing is left.

  --prefix DIR   where it was installed; default: where this script is installed, else /usr/local as
                 root, else ~/.local
  --keep-data    keep the data directory; of k3s, remove what runs only
  --dry-run      list everything that would be done, and do nothing

Example: uninstall.sh --keep-data
USAGE
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'uninstall.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}
run() {
  if $dry_run; then
    say "would run: $*"
  else
    "$@"
  fi
}

here=$(CDPATH='' cd -P "$(dirname "$0")" && pwd)
keep_data=false
dry_run=false
if [ -f "$here/install.json" ]; then
  prefix=${here%/lib/croft}
elif [ "$(id -u)" -eq 0 ]; then
  prefix=/usr/local
else
  prefix=$HOME/.local
fi

while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -ge 2 ] || fail "--prefix needs a value; see: uninstall.sh --help" 2
      prefix=$2
      shift
      ;;
    --keep-data) keep_data=true ;;
    --dry-run) dry_run=true ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown option $1; see: uninstall.sh --help" 2 ;;
  esac
  shift
done

program=$prefix/lib/croft
installed=$program/install.json
if [ ! -f "$installed" ]; then
  say "croft is not installed in $prefix"
  exit 0
fi

# The manifest is read while the files that it lists, itself included, go away.
manifest=$(mktemp)
trap 'rm -f "$manifest"' EXIT
cat "$installed" >"$manifest"

# field NAME: a top-level value
field() {
  sed -n "s/^  \"$1\": \"\(.*\)\",\$/\1/p" "$manifest"
}

# entries SED: what a substitution finds in the manifest's lists, one line each
entries() {
  sed -n "$1" "$manifest"
}

data_dir=$(field dataDir)
service_manager=$(field serviceManager)
previous=$(field previous)
leftovers=

leave() {
  leftovers="$leftovers
  $1 ($2)"
}

stop_croft() {
  case $service_manager in
    systemd)
      run systemctl disable --now croft || leave croft.service "systemctl could not disable it"
      ;;
    openrc)
      run rc-service croft stop || true
      run rc-update del croft default || leave croft "rc-update could not remove it"
      run rm -f /var/log/croft.log
      ;;
  esac
  [ ! -x "$program/bin/croft" ] || run "$program/bin/croft" down --data-dir "$data_dir" ||
    fail "croft could not be stopped; nothing was removed"
}

# While the data directory is there, which tells whether croft has run a k3s.
remove_k3s() {
  remover=$here/remove-k3s.sh
  set -- --data-dir "$data_dir"
  ! $keep_data || set -- "$@" --keep-data
  ! $dry_run || set -- "$@" --dry-run
  "$remover" "$@" || fail "what k3s has left could not be removed, see above; croft itself is still installed"
}

# A file that is no longer the one that was installed belongs to someone else by now.
remove_files() {
  while read -r path sum; do
    if [ ! -e "$path" ]; then
      continue
    elif [ "$(sha256sum "$path" | cut -d' ' -f1)" = "$sum" ]; then
      run rm -f "$path"
    else
      leave "$path" "changed since it was installed"
    fi
  done <<FILES
$(entries 's/^    {"path": "\(.*\)", "sha256": "\(.*\)"},\{0,1\}$/\1 \2/p')
FILES
}

remove_links() {
  while read -r path target; do
    if [ ! -L "$path" ]; then
      continue
    elif [ "$(readlink "$path")" = "$target" ]; then
      run rm -f "$path"
    else
      leave "$path" "points elsewhere than when it was installed"
    fi
  done <<LINKS
$(entries 's/^    {"path": "\(.*\)", "target": "\(.*\)"},\{0,1\}$/\1 \2/p')
LINKS
}

remove_directories() {
  run rm -f "$installed"
  # The version before, which was kept for a rollback.
  [ ! -d "$previous" ] || run rm -rf "$previous"
  [ ! -d "$program.new" ] || run rm -rf "$program.new"
  run find "$program" -depth -type d -exec rmdir --ignore-fail-on-non-empty '{}' +
  entries 's/^    {"directory": "\(.*\)"},\{0,1\}$/\1/p' | sort -r |
    while read -r directory; do
      [ ! -d "$directory" ] || run rmdir --ignore-fail-on-non-empty "$directory"
    done
  $dry_run || [ ! -e "$program" ] || leave "$program" "holds files that croft did not install"
  [ "$service_manager" != systemd ] || run systemctl daemon-reload
}

# Only a directory that carries croft's mark is taken for its data.
remove_data() {
  if [ ! -e "$data_dir" ]; then
    return
  elif $keep_data; then
    say "kept: $data_dir"
  elif ! $dry_run && cut -d' ' -f2 /proc/self/mounts | grep -q "^$(CDPATH='' cd -P "$data_dir" && pwd)/"; then
    leave "$data_dir" "something is mounted there"
  elif [ -f "$data_dir/format" ] || [ -z "$(find "$data_dir" -mindepth 1 ! -name config.yaml -print -quit)" ]; then
    run rm -rf --one-file-system "$data_dir"
  else
    leave "$data_dir" "is no data directory of croft"
  fi
}

stop_croft
remove_k3s
remove_files
remove_links
remove_directories
remove_data

if [ -n "$leftovers" ]; then
  fail "left on this machine:$leftovers"
fi
$dry_run || say "croft is removed"
