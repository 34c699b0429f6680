#!/bin/sh
# miniature-host.sh ROOT DISTRIBUTION INIT
# Runs the init of a Debian in namespaces and a cgroup of its own, with nothing but a loopback device, and with a distribution
# in /opt/croft; until it ends. It gets none of the capabilities FORBIDDEN (-sys_time,…), and may not change the kernel's settings.
set -eu
umask 022
root=$1
case ${4:-} in
  '') exec unshare --mount sh "$0" "$@" outside ;;
  outside)
    # Version 2, which kernels with version 1 have as well.
    mount -t cgroup2 none "$root/mnt"
    group=$root/mnt/croft-$$
    mkdir "$group"
    code=0
    (
      echo 0 >"$group/cgroup.procs"
      exec unshare --cgroup --pid --mount --net --uts --ipc --fork --kill-child sh "$0" "$1" "$2" "$3" inside
    ) || code=$?
    find "$group" -depth -type d -exec rmdir '{}' +
    exit $code
    ;;
esac
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 none "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 none "$root/run"
mount -t tmpfs -o mode=755 none "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount --bind "$2" "$root/opt/croft"
mount -o remount,bind,ro "$root/opt/croft"
ip link set lo up
cd "$root"
pivot_root . mnt
umount -l mnt
exec env -i container=croft PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set "$FORBIDDEN" "$3"
