#!/bin/sh
# Brings the independent programs that the smoke tests talk to Croft with, as far as this machine lacks
# them, into target/peers/bin: kubectl (1.32 or newer), etcd and etcdctl (3.5 or newer).
#
# They are Debian packages of a newer suite, unpacked beside the system and never installed. They come
# from the mirror that this machine's own apt uses, verified by its keys. Done once; afterwards this
# returns at once. Where it cannot be done (no Debian, no network) it says in one line what is missing
# and still exits 0: the tests that need it skip.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
peers=$here/target/peers
bin=$peers/bin

missing() {
  lacking=
  for program in kubectl etcd etcdctl; do
    [ -x "$bin/$program" ] || lacking="$lacking $program"
  done
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
    -o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}

# The mirror of this machine's main Debian suite, for example a company's own.
mirror() {
  # shellcheck disable=SC2016 # the dollar signs are apt's
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    awk -v codename="$1" '$1 == "Debian" && $2 == codename { print $3; exit }'
}

# unpack PACKAGE SUITE...: from the first suite that has it
unpack() {
  package=$1
  shift
  for suite in "$@"; do
    rm -f "$peers"/deb/"$package"_*.deb
    if (cd "$peers/deb" && private_apt download "$package/$suite" 2>>"$peers/apt/log") &&
      dpkg-deb -x "$peers"/deb/"$package"_*.deb "$peers/root"; then
      return 0
    fi
  done
  return 1
}

[ -n "$(missing)" ] || exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up "this is no Debian"
[ "$(. /etc/os-release && echo "$ID")" = debian ] || give_up "this is no Debian"
uri=$(mirror "$(. /etc/os-release && echo "$VERSION_CODENAME")")
[ -n "$uri" ] || give_up "apt knows no mirror; run apt-get update"

mkdir -p "$bin" "$peers/deb" "$peers/root" "$peers/apt/preferences.d" \
  "$peers/apt/state/lists/partial" "$peers/apt/cache/archives/partial"
: >"$peers/apt/status"
for suite in trixie forky sid; do
  echo "deb $uri $suite main"
done >"$peers/apt/sources.list"
private_apt update 2>"$peers/apt/log" || give_up "the mirror does not answer, see $peers/apt/log"

unpack kubectl forky sid trixie || true
unpack etcd-server trixie forky sid || true
unpack etcd-client trixie forky sid || true
for program in kubectl etcd etcdctl; do
  # A program that needs a newer libc than there is must not count as there.
  if [ -x "$peers/root/usr/bin/$program" ] && "$peers/root/usr/bin/$program" --help >/dev/null 2>&1; then
    ln -sf "../root/usr/bin/$program" "$bin/$program"
  fi
done
rm -rf "$peers/deb" "$peers/apt/state" "$peers/apt/cache"
[ -z "$(missing)" ] || give_up "see $peers/apt/log"
