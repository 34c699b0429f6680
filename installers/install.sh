#!/bin/sh
# Installs croft from a checkout or from an unpacked release, and starts it. May be run again at any
# time; what is already as it should be is left alone. See --help.
set -eu
umask 022

usage() {
  cat <<'USAGE'
Usage: install.sh [OPTION]...
Installs croft, registers a service where there is a service manager, starts it and waits until it is ready.

  --prefix DIR          where to install; default: /usr/local as root, else ~/.local
  --data-dir DIR        where croft keeps its state; default: where it is, if croft is installed already,
                        else /var/lib/croft as root, or $XDG_DATA_HOME/croft
  --port N              the one port that croft serves on; default: 8443
  --engine ENGINE       auto, embedded, k3s or external; default: auto
  --bundle FILE         install this release archive (croft-VERSION-OS-ARCH.tar.gz); nothing is built
                        and nothing is downloaded
  --bundle-key FILE     a public key in PEM; the bundle must be signed with it (needs openssl)
  --with-prerequisites  on Debian and its kin, install what is missing for building from a checkout
  --rollback            go back to the version that was installed before this one; its data is kept
  --no-service          register no service
  --no-start            do not start
  --dry-run             list everything that would be done, and do nothing

Example: install.sh --prefix ~/.local --port 9443
USAGE
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

# Does a step, or only tells it.
run() {
  if $dry_run; then
    say "would run: $*"
  else
    "$@"
  fi
}

root=false
[ "$(id -u)" -ne 0 ] || root=true
if $root; then
  prefix=/usr/local
  default_data_dir=/var/lib/croft
else
  prefix=$HOME/.local
  default_data_dir=${XDG_DATA_HOME:-$HOME/.local/share}/croft
fi
data_dir=
port=
engine=
bundle=
bundle_key=
with_prerequisites=false
rollback=false
service=true
start=true
dry_run=false

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --data-dir | --port | --engine | --bundle | --bundle-key)
      [ $# -ge 2 ] || fail "$1 needs a value; see: install.sh --help" 2
      ;;
  esac
  case $1 in
    --prefix) prefix=$2 && shift ;;
    --data-dir) data_dir=$2 && shift ;;
    --port) port=$2 && shift ;;
    --engine) engine=$2 && shift ;;
    --bundle) bundle=$2 && shift ;;
    --bundle-key) bundle_key=$2 && shift ;;
    --with-prerequisites) with_prerequisites=true ;;
    --rollback) rollback=true ;;
    --no-service) service=false ;;
    --no-start) start=false ;;
    --dry-run) dry_run=true ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown option $1; see: install.sh --help" 2 ;;
  esac
  shift
done

# Paths go into a manifest, a unit file and a launcher; odd characters would need three ways of quoting.
check_path() {
  case $2 in
    *[!A-Za-z0-9/._+@:,-]*) fail "$1 may hold letters, digits and / . _ + @ : , - only, not: $2" 2 ;;
    /*) ;;
    *) fail "$1 must be an absolute path, not: $2" 2 ;;
  esac
}
check_path --prefix "$prefix"
case $port in
  '' | [1-9] | [1-9][0-9] | [1-9][0-9][0-9] | [1-9][0-9][0-9][0-9] | [1-5][0-9][0-9][0-9][0-9] | 6[0-4][0-9][0-9][0-9] | 65[0-4][0-9][0-9] | 655[0-2][0-9] | 6553[0-5]) ;;
  *) fail "--port must be a number from 1 to 65535, not: $port" 2 ;;
esac
case $engine in
  '' | auto | embedded | k3s) ;;
  external) fail "engine $engine is not served by this version; use --engine embedded, k3s or auto" 2 ;;
  *) fail "--engine must be auto, embedded, k3s or external, not: $engine" 2 ;;
esac

here=$(CDPATH='' cd -P "$(dirname "$0")" && pwd)
program=$prefix/lib/croft
link=$prefix/bin/croft
manifest=$program/install.json
croft=$program/bin/croft
staging=$program.new
previous=$program.previous
# What is not said is as it was when croft was installed here before.
field() {
  sed -n "s/^  \"$1\": \"\(.*\)\",\$/\1/p" "$manifest" 2>/dev/null || :
}
[ -n "$data_dir" ] || data_dir=$(field dataDir)
[ -n "$data_dir" ] || data_dir=$default_data_dir
check_path --data-dir "$data_dir"
bash_completion=$prefix/share/bash-completion/completions/croft
zsh_completion=$prefix/share/zsh/site-functions/_croft

# --- where the files come from -------------------------------------------------------------------

# Prints the home of a Java 25 that can compile, if there is one.
find_jdk() {
  for candidate in "${JAVA_HOME:-}" "${JAVA25_HOME:-}" /usr/lib/jvm/*; do
    if [ -x "$candidate/bin/javac" ] && grep -q '^JAVA_VERSION="2[5-9]' "$candidate/release" 2>/dev/null; then
      say "$candidate"
      return
    fi
  done
}

# Whether FILE, a result of a build, is newer than every source file.
built() {
  [ -f "$1" ] && [ -z "$(find "$here/.." -path '*/src/*' -type f -newer "$1" -print -quit)" ]
}

# On Debian and its kin.
install_prerequisites() {
  missing=
  [ -n "$(find_jdk)" ] || missing=openjdk-25-jdk-headless
  command -v curl >/dev/null || command -v wget >/dev/null || missing="$missing curl ca-certificates"
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "--with-prerequisites works on Debian and its kin only; install: $missing"
  $root || fail "installing$missing needs root; as root, run: apt-get install $missing"
  run apt-get -qq update
  # shellcheck disable=SC2086 # several packages
  run env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $missing ||
    fail "this system's package sources lack $missing (Debian has it from 13 on); install a JDK 25 \
from elsewhere and set JAVA_HOME, or install a release: --bundle FILE"
}

build() {
  ! $with_prerequisites || install_prerequisites
  jdk=$(find_jdk)
  if $dry_run && [ -z "$jdk" ] && $with_prerequisites; then
    jdk=/usr/lib/jvm/java-25-openjdk
  fi
  [ -n "$jdk" ] || fail "building croft needs a JDK 25, and none is in \$JAVA_HOME or /usr/lib/jvm; \
on Debian and its kin add --with-prerequisites, elsewhere install one and set JAVA_HOME, \
or install a release: --bundle FILE"
  command -v curl >/dev/null || command -v wget >/dev/null ||
    fail "building croft needs curl or wget; install one of them, or add --with-prerequisites on Debian"
  say "building croft with $jdk; this takes a few minutes"
  # Maven on a new Java warns of its own libraries.
  run env JAVA_HOME="$jdk" MAVEN_OPTS=--sun-misc-unsafe-memory-access=allow "$here/../mvnw" --batch-mode --quiet --file "$here/../pom.xml" \
    --projects installers --also-make -DskipTests package
}

# What `croft bundle create` has made says what is in it; with a key, also who says so. `croft bundle verify` tells more,
# where there is a croft already.
verify_bundle() {
  sums=$source/SHA256SUMS
  if [ -n "$bundle_key" ]; then
    command -v openssl >/dev/null || fail "--bundle-key needs openssl"
    [ -f "$sums.sig" ] || fail "$bundle is not signed"
    openssl dgst -sha256 -verify "$bundle_key" -signature "$sums.sig" "$sums" >/dev/null 2>&1 ||
      fail "$bundle is not signed with the key of $bundle_key"
  fi
  [ -f "$sums" ] || return 0 # a plain release archive
  (cd "$source" && sha256sum --check --quiet --strict SHA256SUMS >/dev/null 2>&1) ||
    fail "$bundle is damaged: its files are not those of its checksums"
  [ -z "$(find "$source" ! -type d ! -type f -print -quit)" ] || fail "$bundle holds a link, and a bundle has none"
  # Nothing comes with it that the checksums do not know.
  listed=$(wc -l <"$sums")
  found=$(find "$source" ! -type d ! -path "$sums" ! -path "$sums.sig" | wc -l)
  [ "$listed" -eq "$found" ] || fail "$bundle holds files that its checksums do not name"
}

# Sets `source` to a folder with bin and lib, and runtime where Java is needed.
locate_source() {
  if [ -n "$bundle" ]; then
    [ -r "$bundle" ] || fail "cannot read the bundle $bundle"
    unpacked=$(mktemp -d)
    tar -xzf "$bundle" -C "$unpacked" 2>/dev/null || fail "$bundle is not a release archive (croft-VERSION-OS-ARCH.tar.gz)"
    source=$unpacked/croft
    [ -x "$source/bin/croft" ] || fail "$bundle holds no croft"
    verify_bundle
  elif [ -x "$here/bin/croft" ]; then
    source=$here
  else
    # A native binary is preferred where one was built; a build without GraalVM makes none.
    source=$here/../graalvm-native/target/bundle/croft
    if ! built "$source/lib/croft"; then
      source=$here/target/croft
      built "$source/lib/appliance.aot" || build
    fi
  fi
  $dry_run && [ ! -e "$source" ] || [ -x "$source/bin/croft" ] || fail "$source holds no croft"
}

# --- files ---------------------------------------------------------------------------------------

# Whether the same files are there already; the manifest and the defaults come with the installation.
installed_alike() {
  [ -f "$manifest" ] && diff -rq --exclude=install.json --exclude=defaults "$source" "$program" >/dev/null 2>&1
}

install_files() {
  make_directories
  if installed_alike; then
    say "files in $program are up to date"
  else
    copy_files
    ! running || was_running=true
    stop_running
    keep_previous
    run mv -T "$staging" "$program"
  fi
  run ln -sfn ../lib/croft/bin/croft "$link"
  if [ "$data_dir" != "$default_data_dir" ]; then
    # shellcheck disable=SC2016 # for the launcher to expand
    write "$program/defaults" ': "${CROFT_DATA_DIR:='"$data_dir"'}"
export CROFT_DATA_DIR
'
  else
    run rm -f "$program/defaults"
  fi
}

# Before anything is stopped, because the disk may be full.
copy_files() {
  run rm -rf "$staging"
  # Times are kept, because the cache of classes holds for jars of one time only. Owners are not:
  # what root runs must not belong to the user who built it.
  run cp -RL --preserve=mode,timestamps "$source" "$staging"
  run chmod -R go-w "$staging"
}

# The version that ran until now is kept, for --rollback; the one before it is not.
keep_previous() {
  if [ ! -f "$manifest" ]; then
    run rm -rf "$program" # what an installation that was broken off has left, if anything
    return
  fi
  run rm -rf "$previous"
  keep_settings
  run mv -T "$program" "$previous"
  $dry_run || upgrading=true
}

# The unit and the completions beside the program that they belong to, and what the site was told.
keep_settings() {
  keep "$config" config.yaml
  keep "$bash_completion" completion.bash
  keep "$zsh_completion" completion.zsh
  [ -z "$unit" ] || keep "$unit" unit
}

# keep FILE NAME
keep() {
  if [ -f "$1" ]; then
    run mkdir -p "$program/kept"
    run cp -p "$1" "$program/kept/$2"
  fi
}

# put_back NAME FILE
put_back() {
  if [ -f "$program/kept/$1" ]; then
    run cp -p "$program/kept/$1" "$2"
  fi
}

# Puts the version that was kept into the place of this one, with all that belonged to it.
roll_back() {
  [ -x "$previous/bin/croft" ] || fail "there is no previous version in $previous"
  stop_running
  run rm -rf "$staging"
  [ ! -d "$program" ] || run mv -T "$program" "$staging"
  run mv -T "$previous" "$program"
  put_back completion.bash "$bash_completion"
  put_back completion.zsh "$zsh_completion"
  if [ -n "$unit" ]; then
    put_back unit "$unit"
    [ "$service_manager" != systemd ] || run systemctl daemon-reload
  fi
  run rm -rf "$program/kept"
}

# Whatever ends an upgrade before croft is ready again, a site is not left without.
clean_up() {
  code=$?
  [ -z "$unpacked" ] || rm -rf "$unpacked"
  if $upgrading && [ $code -ne 0 ]; then
    upgrading=false
    say "install.sh: this version does not get ready; going back to the one before it" >&2
    [ ! -f "$previous/kept/config.yaml" ] || cp -p "$previous/kept/config.yaml" "$config"
    roll_back
    rm -rf "$staging"
    write_manifest
    start_again
    was_running=false
    fail "the upgrade was taken back: the new version did not get ready, the one before it is installed again; \
see $data_dir/logs/croft.log"
  fi
  # The only copy of a program, where a rollback was broken off, stays.
  $dry_run || [ ! -d "$program" ] || rm -rf "$staging"
  if [ $code -ne 0 ] && [ -x "$croft" ]; then
    start_again
  fi
}

# What ran before runs again, unless nothing shall be started.
start_again() {
  if $was_running && $start && ! $dry_run && ! running; then
    (start_croft) || : # what fails in there must not end this
  fi
}

# All that comes after the files.
set_up() {
  install_completions
  write_settings
  register_service
  write_manifest
  ! $start || start_croft
}

# Remembers those that were not there, so that uninstall.sh takes them away when they are empty.
make_directories() {
  make_directory "$prefix/bin"
  make_directory "$prefix/lib"
}

# Each of its parents counts, too.
make_directory() {
  [ ! -d "$1" ] || return 0
  case " $created " in
    *" $1 "*) return 0 ;; # told before, in a dry run
  esac
  make_directory "$(dirname "$1")"
  created="$created $1"
  run mkdir "$1"
}

# For shells to complete croft's commands and options.
install_completions() {
  install_completion bash "$bash_completion"
  install_completion zsh "$zsh_completion"
}

# install_completion SHELL FILE
install_completion() {
  make_directory "$(dirname "$2")"
  if $dry_run; then
    say "would write: $2"
  else
    text=$("$croft" completion "$1")
    write "$2" "$text
"
  fi
}

# write FILE TEXT
write() {
  if $dry_run; then
    say "would write: $1"
  else
    printf '%s' "$2" >"$1"
  fi
}

stop_running() {
  case $service_manager in
    systemd) [ ! -f "$unit" ] || run systemctl stop croft ;;
    openrc) [ ! -f "$unit" ] || run rc-service croft stop ;;
  esac
  for program_directory in "$program" "$previous"; do
    if [ -x "$program_directory/bin/croft" ] && run "$program_directory/bin/croft" down --data-dir "$data_dir"; then
      return
    fi
  done
  ! running || fail "croft could not be stopped; see $data_dir/logs/croft.log"
}

# Whether a process uses the data directory: it holds a lock as long as it lives.
running() {
  [ -f "$data_dir/croft.pid" ] && kill -0 "$(cut -d' ' -f1 "$data_dir/croft.pid")" 2>/dev/null
}

# What the options say is kept in the data directory's configuration, so that every later start obeys.
write_settings() {
  [ -z "$port$engine" ] || run mkdir -p -m 0700 "$data_dir"
  [ -z "$port" ] || set_setting listen "0.0.0.0:$port"
  [ -z "$engine" ] || set_setting engine "$engine"
}

# set_setting KEY VALUE
set_setting() {
  if [ -f "$config" ] && grep -qxF "$1: $2" "$config"; then
    return
  fi
  settings_changed=true
  if $dry_run; then
    say "would set in $config: $1: $2"
  elif [ -f "$config" ] && grep -q "^$1:" "$config"; then
    sed -i "s|^$1:.*|$1: $2|" "$config"
  else
    # After a last line without an end, too.
    [ ! -s "$config" ] || [ -z "$(tail -c 1 "$config")" ] || echo >>"$config"
    printf '%s: %s\n' "$1" "$2" >>"$config"
  fi
}

# --- service -------------------------------------------------------------------------------------

find_service_manager() {
  service_manager=none
  unit=
  environment=/etc/croft/environment
  if ! $service; then
    return
  elif $root && [ -d /run/systemd/system ]; then
    service_manager=systemd
    unit=/etc/systemd/system/croft.service
  elif $root && [ -d /run/openrc ]; then
    service_manager=openrc
    unit=/etc/init.d/croft
  fi
}

# A file of settings as environment variables, CROFT_LISTEN and the like, is read when it is there.
register_service() {
  case $service_manager in
    systemd)
      write_unit croft.service 0644
      run systemctl daemon-reload
      run systemctl enable croft
      ;;
    openrc)
      write_unit croft.openrc 0755
      run rc-update add croft default
      ;;
    none) ! $service || say "no service is registered: $(why_no_service)" ;;
  esac
}

# write_unit TEMPLATE MODE
write_unit() {
  if $dry_run; then
    say "would write: $unit"
    return
  fi
  # Beside it first, so that a reader never sees half of it.
  sed -e "s|@PROGRAM@|$program|g" -e "s|@DATA_DIR@|$data_dir|g" \
    -e "s|@ENVIRONMENT@|$environment|g" "$program/service/$1" >"$unit.new"
  chmod "$2" "$unit.new"
  mv "$unit.new" "$unit"
}

why_no_service() {
  if $root; then
    say "neither systemd nor OpenRC runs here; after a restart of this machine: $link up --detach"
  else
    say "that needs root; after a restart of this machine: $link up --detach"
  fi
}

# --- manifest ------------------------------------------------------------------------------------

# One line for each thing that was put on this machine; uninstall.sh reads it line by line.
write_manifest() {
  if $dry_run; then
    say "would write: $manifest"
    return
  fi
  {
    say '{'
    say "  \"version\": \"$("$croft" version | cut -d' ' -f2)\","
    say "  \"installed\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\","
    say "  \"dataDir\": \"$data_dir\","
    say "  \"serviceManager\": \"$service_manager\","
    say "  \"previous\": \"$previous\","
    say '  "directories": ['
    for directory in $created; do
      say "    {\"directory\": \"$directory\"},"
    done | sed '$ s/,$//'
    say '  ],'
    say '  "links": ['
    say "    {\"path\": \"$link\", \"target\": \"../lib/croft/bin/croft\"}"
    say '  ],'
    say '  "files": ['
    find "$program" "$bash_completion" "$zsh_completion" ${unit:+"$unit"} -type f \
      ! -path "$manifest*" | sort |
      while IFS= read -r file; do
        sum=$(sha256sum "$file")
        say "    {\"path\": \"$file\", \"sha256\": \"${sum%% *}\"},"
      done | sed '$ s/,$//'
    say '  ]'
    say '}'
  } >"$manifest.new"
  mv "$manifest.new" "$manifest"
}

# --- start ---------------------------------------------------------------------------------------

start_croft() {
  if $settings_changed; then
    stop_running
  elif [ -x "$croft" ] && "$croft" status --data-dir "$data_dir" >/dev/null 2>&1; then
    say "croft is running already"
    return
  fi
  case $service_manager in
    systemd) run systemctl start croft ;;
    openrc) run rc-service croft start ;;
    none)
      run "$croft" up --detach --data-dir "$data_dir" >/dev/null
      return
      ;;
  esac
  $dry_run || wait_ready
}

wait_ready() {
  attempts=120
  until "$croft" status --data-dir "$data_dir" >/dev/null 2>&1; do
    attempts=$((attempts - 1))
    [ $attempts -gt 0 ] || fail "croft was started and is not ready; see: $link status" 3
    sleep 1
  done
}

greet() {
  say
  if ! $start; then
    say "croft is installed. Start it with: $link up --detach"
    return
  fi
  say "croft is ready."
  # The endpoint file is written when croft is ready; a host that has joined as agent has none.
  if [ -f "$data_dir/run/endpoint" ]; then
    say "  API         $(cat "$data_dir/run/endpoint")"
    say "  kubeconfig  $data_dir/admin.kubeconfig"
    say "  log in      export KUBECONFIG=$data_dir/admin.kubeconfig && kubectl get namespaces"
  fi
  say "  status      $link status"
  case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) say "  note        $prefix/bin is not on your PATH" ;;
  esac
}

upgrading=false
was_running=false
settings_changed=false
unpacked=
config=$data_dir/config.yaml
trap clean_up EXIT
# Not every shell runs what is above when a signal ends it.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
created=$(sed -n 's/^    {"directory": "\(.*\)"},\{0,1\}$/\1/p' "$manifest" 2>/dev/null || :)
find_service_manager
if $rollback; then
  ! running || was_running=true
  keep_settings
  roll_back
  # The other one is kept in its turn.
  run mv -T "$staging" "$previous"
  write_manifest
  ! $start || start_croft
else
  locate_source
  install_files
  set_up
fi
upgrading=false
$dry_run || greet
