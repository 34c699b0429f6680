#!/bin/sh
# Gets a JDK 25 for building croft, on Debian and its kin.
#
#   prerequisites.sh DIR
#
# Where the system's own suite has openjdk-25-jdk-headless, that is installed. An older Debian gets it
# unpacked into DIR from a newer suite of the mirror it uses already; the system is not mixed with that
# suite, and DIR may be deleted once croft is built, for croft brings the part of Java it runs on.
set -eu

package=openjdk-25-jdk-headless
newer_suite=trixie

fail() {
  printf 'prerequisites.sh: %s\n' "$1" >&2
  exit 1
}

[ $# -eq 1 ] || fail "usage: prerequisites.sh DIR"
directory=$1
command -v apt-get >/dev/null || fail "this is not Debian; install a JDK 25 and set JAVA_HOME"

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root for: $*"
  fi
}

install_missing() {
  missing=
  command -v curl >/dev/null || command -v wget >/dev/null || missing="$missing curl ca-certificates"
  [ "$1" = none ] || missing="$missing $1"
  [ -z "$missing" ] && return
  # shellcheck disable=SC2086 # several packages
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
}

own_suite_has_it() {
  [ "$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: *//p')" != "" ] &&
    [ "$(apt-cache policy "$package" | sed -n 's/^ *Candidate: *//p')" != "(none)" ]
}

# The mirror of the main archive, as the system's own sources name it.
mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | grep '/debian/\{0,1\}$' | head -n 1
}

unpack_from_newer_suite() {
  uri=$(mirror)
  [ -n "$uri" ] || fail "no Debian mirror in /etc/apt names $package; install a JDK 25 and set JAVA_HOME"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$directory"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $newer_suite main" >"$work/sources.list"
  set -- -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root
  apt-get "$@" update
  (cd "$work" && apt-get "$@" download "$package" openjdk-25-jre-headless)
  for deb in "$work"/*.deb; do
    dpkg-deb --extract "$deb" "$work/root"
  done
  # The package's settings lie in /etc; links to them are turned to the copy.
  jdk=$(echo "$work"/root/usr/lib/jvm/java-25-openjdk-*)
  cp -R "$jdk/." "$directory"
  find "$directory" -type l | while read -r link; do
    target=$(readlink "$link")
    case $target in
      /etc/java-25-openjdk/*) rm "$link" && cp -R "$work/root$target" "$link" ;;
    esac
  done
}

as_root apt-get -qq update
if own_suite_has_it; then
  install_missing "$package"
else
  # Installing a Java makes the list of trusted authorities that the unpacked one reads, too.
  install_missing default-jre-headless
  unpack_from_newer_suite
fi
