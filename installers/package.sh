#!/bin/sh
# Packs the built distribution for a system's package manager. See --help.
set -eu
umask 022

usage() {
  cat <<'USAGE'
Usage: package.sh deb|rpm [--output DIR]
Makes a package of the distribution in installers/target/croft, which `./mvnw -pl installers -am package` builds, or
of the native binary where one was built that is newer.
Installing the package puts croft into /usr/lib/croft, registers its service and starts it. Removing it
leaves /var/lib/croft alone; purging it (apt purge, on Debian) removes that, too.

  --output DIR   where to put it; default: installers/target

Example: package.sh deb && apt install ./installers/target/croft_0.1.0_amd64.deb
USAGE
}

fail() {
  printf 'package.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

here=$(CDPATH='' cd -P "$(dirname "$0")" && pwd)
source=$here/../graalvm-native/target/bundle/croft
# shellcheck disable=SC3013 # every shell that is somewhere /bin/sh has it
[ "$source/lib/croft" -nt "$here/target/croft/bin/croft" ] || source=$here/target/croft
output=$here/target
format=

while [ $# -gt 0 ]; do
  case $1 in
    deb | rpm) format=$1 ;;
    --output)
      [ $# -ge 2 ] || fail "--output needs a value; see: package.sh --help" 2
      output=$2
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown argument $1; see: package.sh --help" 2 ;;
  esac
  shift
done
[ -n "$format" ] || fail "say which package: deb or rpm; see: package.sh --help" 2
[ -x "$source/bin/croft" ] || fail "there is no distribution in $source; run: ./mvnw -pl installers -am package -DskipTests"
[ -d "$output" ] || fail "$output is not a directory" 2

version=$("$source/bin/croft" version | cut -d' ' -f2)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- the files, as they will lie on the system ----------------------------------------------------

stage() {
  root=$1
  mkdir -p "$root/usr/lib/croft" "$root/usr/bin" "$root/lib/systemd/system" \
    "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions"
  # Times are kept, because the cache of classes holds for jars of one time only.
  cp -RLp "$source/bin" "$source/lib" "$source/remove-k3s.sh" "$root/usr/lib/croft/"
  [ ! -d "$source/runtime" ] || cp -RLp "$source/runtime" "$root/usr/lib/croft/"
  ln -s ../lib/croft/bin/croft "$root/usr/bin/croft"
  fill croft.service "$root/lib/systemd/system/croft.service" 0644
  # Not in /etc/init.d where systemd runs: Debian's systemctl fails on a script that is not one of System V.
  fill croft.openrc "$root/usr/lib/croft/croft.openrc" 0755
  "$source/bin/croft" completion bash >"$root/usr/share/bash-completion/completions/croft"
  "$source/bin/croft" completion zsh >"$root/usr/share/zsh/vendor-completions/_croft"
  chmod -R go=u-w "$root"
}

# fill TEMPLATE FILE MODE
fill() {
  sed -e 's|@PROGRAM@|/usr/lib/croft|g' -e 's|@DATA_DIR@|/var/lib/croft|g' \
    -e 's|@ENVIRONMENT@|/etc/croft/environment|g' "$source/service/$1" >"$2"
  chmod "$3" "$2"
}

# --- what is done around them ---------------------------------------------------------------------

# All of it is left out where the package goes into another root, as in the making of images.
after_install='if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  if $first; then
    systemctl enable --quiet croft
    systemctl start croft
  elif systemctl --quiet is-enabled croft; then
    systemctl start croft
  fi
elif [ -z "${DPKG_ROOT:-}" ] && [ -d /run/openrc ]; then
  cp -p /usr/lib/croft/croft.openrc /etc/init.d/croft
  if $first; then
    rc-update add croft default
    rc-service croft start
  elif rc-update show default | grep -q "^ *croft "; then
    rc-service croft start
  fi
fi'

# Files are not exchanged under a running process.
before_upgrade='if [ -z "${DPKG_ROOT:-}" ]; then
  if [ -d /run/systemd/system ]; then
    systemctl stop croft || :
  elif [ -d /run/openrc ]; then
    rc-service croft stop || :
  fi
  [ ! -x /usr/lib/croft/bin/croft ] || /usr/lib/croft/bin/croft down || :
fi'

before_removal='if [ -z "${DPKG_ROOT:-}" ]; then
  if [ -d /run/systemd/system ]; then
    systemctl disable --quiet --now croft || :
  elif [ -d /run/openrc ]; then
    rc-service croft stop || :
    rc-update del croft default || :
    rm -f /etc/init.d/croft /var/log/croft.log
  fi
  /usr/lib/croft/bin/croft down || :
  /usr/lib/croft/remove-k3s.sh --data-dir /var/lib/croft --keep-data || :
  # A purge removes the rest, when the program is gone.
  [ ! -f /var/lib/croft/k3s/host-before ] || cp -p /usr/lib/croft/remove-k3s.sh /var/lib/croft/k3s/
fi'

after_removal='if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi'

# Only what carries croft'"'"'s mark is taken for its data.
purge='data="${DPKG_ROOT:-}/var/lib/croft"
if [ -z "${DPKG_ROOT:-}" ] && [ -x "$data/k3s/remove-k3s.sh" ]; then
  "$data/k3s/remove-k3s.sh" --data-dir "$data" || :
fi
if [ -f "$data/format" ] && cut -d" " -f2 /proc/self/mounts | grep -qF "$(cd -P "$data" && pwd)/"; then
  echo "croft: $data is left, because something is mounted there" >&2
elif [ -f "$data/format" ]; then
  rm -rf --one-file-system "$data"
fi'

# --- the packages ---------------------------------------------------------------------------------

# script FILE [WHEN WHAT]...: one of Debian's maintainer scripts, and what it does in which case
script() {
  file=$1
  shift
  {
    printf '#!/bin/sh\nset -e\ncase "$1" in\n'
    while [ $# -gt 0 ]; do
      printf '%s)\n%s\n;;\n' "$1" "$2"
      shift 2
    done
    printf 'esac\n'
  } >"$file"
  chmod 0755 "$file"
}

build_deb() {
  command -v dpkg-deb >/dev/null || fail "dpkg-deb is missing; on Debian and its kin: apt-get install dpkg"
  architecture=$(dpkg --print-architecture)
  stage "$work/root"
  mkdir -m 0755 "$work/root/DEBIAN"
  cat >"$work/root/DEBIAN/control" <<CONTROL
Package: croft
Version: $version
Architecture: $architecture
Maintainer: The Croft project <maintainers@croft.io>
Installed-Size: $(du -sk "$work/root/usr" | cut -f1)
Depends: libc6 (>= 2.31)
Recommends: systemd
Section: admin
Priority: optional
Description: the platform above Kubernetes in one binary
 Gateway, identity, certificates and a Kubernetes-compatible control plane on an
 embedded, etcd-compatible store, for small sites: one process, one port.
CONTROL
  script "$work/root/DEBIAN/postinst" configure 'first=false
[ -n "${2:-}" ] || first=true
'"$after_install"
  script "$work/root/DEBIAN/prerm" remove "$before_removal" upgrade "$before_upgrade"
  script "$work/root/DEBIAN/postrm" purge "$purge"
  package=$output/croft_${version}_$architecture.deb
  # Most of it is compressed already: more effort takes a minute and saves little.
  dpkg-deb -Zgzip -z4 --root-owner-group --build "$work/root" "$package" >/dev/null
}

build_rpm() {
  command -v rpmbuild >/dev/null || fail "rpmbuild is missing; on Debian: apt-get install rpm; on Fedora: dnf install rpm-build"
  stage "$work/root"
  # Where that family keeps them.
  mkdir -p "$work/root/usr/lib/systemd/system" "$work/root/usr/share/zsh/site-functions"
  mv "$work/root/lib/systemd/system/croft.service" "$work/root/usr/lib/systemd/system/"
  mv "$work/root/usr/share/zsh/vendor-completions/_croft" "$work/root/usr/share/zsh/site-functions/"
  rm -r "$work/root/lib" "$work/root/usr/share/zsh/vendor-completions"
  cat >"$work/croft.spec" <<SPEC
Name: croft
Version: $version
Release: 1
Summary: The platform above Kubernetes in one binary
License: Apache-2.0
AutoReqProv: no
%global __os_install_post %{nil}
%global debug_package %{nil}
%description
Gateway, identity, certificates and a Kubernetes-compatible control plane on an
embedded, etcd-compatible store, for small sites: one process, one port.
%install
cp -a $work/root/. %{buildroot}/
%pre
if [ "\$1" -gt 1 ]; then
$before_upgrade
fi
%post
first=false
[ "\$1" -gt 1 ] || first=true
$after_install
%preun
if [ "\$1" = 0 ]; then
$before_removal
fi
%postun
$after_removal
%files
%defattr(-,root,root)
/usr/lib/croft
/usr/bin/croft
/usr/lib/systemd/system/croft.service
/usr/share/bash-completion/completions/croft
/usr/share/zsh/site-functions/_croft
SPEC
  # More effort saves little here too, and this form is read by every rpm.
  rpmbuild -bb --quiet --define "_binary_payload w4.gzdio" --define "_topdir $work/rpm" --define "_rpmdir $work/out" "$work/croft.spec" >"$work/log" 2>&1 ||
    fail "rpmbuild failed: $(tail -n 5 "$work/log")"
  built=$(find "$work/out" -name '*.rpm')
  package=$output/$(basename "$built")
  mv "$built" "$package"
}

build_"$format"
printf '%s\n' "$package"
