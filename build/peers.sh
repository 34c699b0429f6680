#!/bin/sh
# peers.sh [true]
# Brings the independent programs that tests talk to Croft and its store with into target/peers/bin of
# this clone: kubectl (the newest there is), kubectl-1.32, etcd, etcdctl and etcdutl (3.5 or newer),
# etcdctl-3.4; with `true` also a small Debian with systemd and OpenRC into target/peers/debian, for
# hosts in miniature, where root may make namespaces.
#
# They are Debian packages of other suites, unpacked beside the system and never installed. They come
# from the mirror that this machine's own apt uses, verified by its keys. Done once for all modules;
# afterwards this returns at once. Where it cannot be done (no Debian, no network) it says in one line
# what is missing and still exits 0: the tests that need it skip. It is tried again after an hour.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
peers=$root/target/peers
bin=$peers/bin
debian=${1:-false}
programs="kubectl kubectl-1.32 etcd etcdctl etcdutl etcdctl-3.4"

missing() {
  lacking=
  for program in $programs; do
    [ -x "$bin/$program" ] || lacking="$lacking $program"
  done
  [ "$debian" != true ] || [ -d "$peers/debian" ] || ! unshare --mount --pid --net --cgroup --fork true 2>/dev/null || lacking="$lacking debian"
  printf '%s' "${lacking# }"
}

give_up() {
  echo "peers: missing $(missing): $1" >&2
  exit 0
}

# apt on a state of its own, with the system's keys, proxies and transports but none of its sources.
private_apt() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$peers/apt/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts="$peers/apt/preferences.d" \
    -o Dir::State="$peers/apt/state" -o Dir::State::Status="$peers/apt/status" \
    -o Dir::Cache="$peers/apt/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20 "$@"
}

# The mirror of this machine's main Debian suite, for example a company's own.
mirror() {
  # shellcheck disable=SC2016 # the dollar signs are apt's
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk -v codename="$1" '$1 == "Debian" && $2 == codename { print $3; exit }'
}

# unpack DIRECTORY PACKAGE SUITE...: from the first suite that has it
unpack() {
  directory=$peers/$1
  package=$2
  shift 2
  for suite in "$@"; do
    rm -f "$peers"/deb/"$package"_*.deb
    if (cd "$peers/deb" && private_apt download "$package/$suite" 2>>"$peers/apt/log") &&
      dpkg-deb -x "$peers"/deb/"$package"_*.deb "$directory"; then
      return 0
    fi
  done
  return 1
}

# offer NAME FILE: in bin, if it runs here; what needs a newer libc than there is must not count as there
offer() {
  if [ -x "$peers/$2" ] && "$peers/$2" --help >/dev/null 2>&1; then
    ln -sf "../$2" "$bin/$1"
  fi
}

make_debian() {
  unpack old mmdebstrap bookworm trixie || return
  rm -rf "$peers/debian.new"
  unshare --mount "$peers/old/usr/bin/mmdebstrap" --quiet --variant=minbase \
    --include=systemd,dbus,openrc,sysvinit-core,iproute2 bookworm "$peers/debian.new" "$uri" 2>>"$peers/apt/log" &&
    mkdir "$peers/debian.new/opt/croft" &&
    mv "$peers/debian.new" "$peers/debian"
}

[ -n "$(missing)" ] || exit 0
if [ -n "$(find "$peers/tried" -mmin -60 2>/dev/null)" ]; then
  give_up "it was tried within the hour, see $peers/apt/log; remove $peers to try now"
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "this is no Debian"
[ "$(. /etc/os-release && echo "$ID")" = debian ] || give_up "this is no Debian"
uri=$(mirror "$(. /etc/os-release && echo "$VERSION_CODENAME")")
[ -n "$uri" ] || give_up "apt knows no mirror; run apt-get update"

mkdir -p "$bin" "$peers/deb" "$peers/new" "$peers/old" "$peers/apt/preferences.d" \
  "$peers/apt/state/lists/partial" "$peers/apt/cache/archives/partial"
: >"$peers/tried"
: >"$peers/apt/status"
for suite in bookworm trixie forky sid; do
  echo "deb $uri $suite main"
done >"$peers/apt/sources.list"
# A suite that the mirror no longer has must not cost the others.
private_apt update 2>"$peers/apt/log" || true

[ -x "$bin/kubectl" ] || unpack new kubectl forky sid trixie || true
[ -x "$bin/kubectl-1.32" ] || unpack old kubectl trixie || true
[ -x "$bin/etcd" ] || unpack new etcd-server trixie forky sid || true
[ -x "$bin/etcdctl" ] && [ -x "$bin/etcdutl" ] || unpack new etcd-client trixie forky sid || true
[ -x "$bin/etcdctl-3.4" ] || unpack old etcd-client bookworm || true
for program in kubectl etcd etcdctl etcdutl; do
  offer "$program" "new/usr/bin/$program"
done
offer kubectl-1.32 old/usr/bin/kubectl
offer etcdctl-3.4 old/usr/bin/etcdctl
case $(missing) in
  *debian) make_debian || true ;;
esac
rm -rf "$peers/deb" "$peers/apt/state" "$peers/apt/cache"
[ -z "$(missing)" ] || give_up "see $peers/apt/log"
