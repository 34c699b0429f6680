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
  --data-dir DIR        where croft keeps its state; default: /var/lib/croft as root,
                        else $XDG_DATA_HOME/croft
  --port N              the one port that croft serves on; default: 8443
  --engine ENGINE       auto, embedded, k3s or external; default: auto
  --bundle FILE         install this release archive (croft-VERSION-OS-ARCH.tar.gz); nothing is built
                        and nothing is downloaded
  --with-prerequisites  on Debian and its kin, install what is missing for building from a checkout
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
data_dir=$default_data_dir
port=
engine=
bundle=
with_prerequisites=false
service=true
start=true
dry_run=false

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --data-dir | --port | --engine | --bundle)
      [ $# -ge 2 ] || fail "$1 needs a value; see: install.sh --help" 2
      ;;
  esac
  case $1 in
    --prefix) prefix=$2 && shift ;;
    --data-dir) data_dir=$2 && shift ;;
    --port) port=$2 && shift ;;
    --engine) engine=$2 && shift ;;
    --bundle) bundle=$2 && shift ;;
    --with-prerequisites) with_prerequisites=true ;;
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
check_path --data-dir "$data_dir"
case $port in
  '' | [1-9] | [1-9][0-9] | [1-9][0-9][0-9] | [1-9][0-9][0-9][0-9] | [1-5][0-9][0-9][0-9][0-9] | 6[0-4][0-9][0-9][0-9] | 65[0-4][0-9][0-9] | 655[0-2][0-9] | 6553[0-5]) ;;
  *) fail "--port must be a number from 1 to 65535, not: $port" 2 ;;
esac
case $engine in
  '' | auto | embedded) ;;
  k3s | external) fail "engine $engine is not served by this version; use --engine embedded or --engine auto" 2 ;;
  *) fail "--engine must be auto, embedded, k3s or external, not: $engine" 2 ;;
esac

here=$(CDPATH='' cd -P "$(dirname "$0")" && pwd)
program=$prefix/lib/croft
link=$prefix/bin/croft
manifest=$program/install.json
croft=$program/bin/croft
staging=$program.new

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

# Sets `source` to a folder with bin and lib, and runtime where Java is needed.
locate_source() {
  if [ -n "$bundle" ]; then
    [ -r "$bundle" ] || fail "cannot read the bundle $bundle"
    unpacked=$(mktemp -d)
    trap 'rm -rf "$unpacked"' EXIT
    tar -xzf "$bundle" -C "$unpacked" 2>/dev/null || fail "$bundle is not a release archive (croft-VERSION-OS-ARCH.tar.gz)"
    source=$unpacked/croft
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
    stop_running
    run rm -rf "$staging"
    # Times are kept, because the cache of classes holds for jars of one time only.
    run cp -RLp "$source" "$staging"
    run rm -rf "$program"
    run mv "$staging" "$program"
  fi
  run ln -sfn ../lib/croft/bin/croft "$link"
  if [ "$data_dir" != "$default_data_dir" ]; then
    # shellcheck disable=SC2016 # for the launcher to expand
    write "$program/defaults" ': "${CROFT_DATA_DIR:='"$data_dir"'}"
export CROFT_DATA_DIR
'
  fi
}

# Remembers those that were not there, so that uninstall.sh takes them away when they are empty.
make_directories() {
  created=$(sed -n 's/^    {"directory": "\(.*\)"},\{0,1\}$/\1/p' "$manifest" 2>/dev/null || :)
  for directory in "$prefix" "$prefix/bin" "$prefix/lib"; do
    if [ ! -d "$directory" ]; then
      created="$created $directory"
      run mkdir -p "$directory"
    fi
  done
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
  [ -x "$croft" ] || return 0
  case $service_manager in
    systemd) [ ! -f "$unit" ] || run systemctl stop croft ;;
    openrc) [ ! -f "$unit" ] || run rc-service croft stop ;;
  esac
  run "$croft" down --data-dir "$data_dir"
}

# What the options say is kept in the data directory's configuration, so that every later start obeys.
write_settings() {
  settings_changed=false
  config=$data_dir/config.yaml
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
    printf '%s: %s\n' "$1" "$2" >>"$config"
  fi
}

# --- service -------------------------------------------------------------------------------------

find_service_manager() {
  service_manager=none
  unit=
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

register_service() {
  case $service_manager in
    systemd)
      write "$unit" "[Unit]
Description=Croft
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=all
ExecStart=$croft up --data-dir $data_dir
KillMode=process
Restart=on-failure
RestartPreventExitStatus=2 4
RestartSec=2
TimeoutStartSec=300
TimeoutStopSec=150
LimitNOFILE=65536
UMask=0077

[Install]
WantedBy=multi-user.target
"
      run systemctl daemon-reload
      run systemctl enable croft
      ;;
    openrc)
      write "$unit" "#!/sbin/openrc-run
description=\"Croft\"
supervisor=supervise-daemon
command=$croft
command_args=\"up --data-dir $data_dir\"

depend() {
  need net
}
"
      run chmod 0755 "$unit"
      run rc-update add croft default
      ;;
    none) ! $service || say "no service is registered: $(why_no_service)" ;;
  esac
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
    say '  "directories": ['
    for directory in $created; do
      say "    {\"directory\": \"$directory\"},"
    done | sed '$ s/,$//'
    say '  ],'
    say '  "links": ['
    say "    {\"path\": \"$link\", \"target\": \"../lib/croft/bin/croft\"}"
    say '  ],'
    say '  "files": ['
    find "$program" ${unit:+"$unit"} -type f ! -path "$manifest*" | sort |
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
  # The endpoint file is written when croft is ready.
  url=$(cat "$data_dir/run/endpoint" 2>/dev/null || say "https://127.0.0.1:${port:-8443}")
  say "croft is ready."
  say "  API         $url"
  say "  kubeconfig  $data_dir/admin.kubeconfig"
  say "  log in      export KUBECONFIG=$data_dir/admin.kubeconfig && kubectl get namespaces"
  say "  status      $link status"
  case :$PATH: in
    *:"$prefix/bin":*) ;;
    *) say "  note        $prefix/bin is not on your PATH" ;;
  esac
}

find_service_manager
locate_source
install_files
write_settings
register_service
write_manifest
! $start || start_croft
$dry_run || greet
