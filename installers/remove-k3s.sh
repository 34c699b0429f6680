#!/bin/sh
# Takes from this host what a k3s that croft ran has left on it, and nothing of others. See --help.
set -eu

usage() {
  cat <<'USAGE'
Usage: remove-k3s.sh --data-dir DIR [OPTION]...
Ends the containers of a k3s that croft ran, and removes what k3s has left outside of croft's data directory: mounts,
network interfaces and namespaces, rules of the firewall, files. What was on this host before croft first started k3s
stays, and so does all that Kubernetes shares, where there is another Kubernetes. Where croft has run no k3s, nothing is
done. uninstall.sh calls this; croft must not run. Exit code 0 only if nothing is left.

  --data-dir DIR  croft's data directory
  --keep-data     remove no file that a k3s to come can use, such as volumes of pods
  --dry-run       list everything that would be done, and do nothing

Example: remove-k3s.sh --data-dir /var/lib/croft --dry-run
USAGE
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'remove-k3s.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}
run() {
  if $dry_run; then
    say "would run: $*"
  else
    "$@"
  fi
}

data_dir=
keep_data=false
dry_run=false
while [ $# -gt 0 ]; do
  case $1 in
    --data-dir)
      [ $# -ge 2 ] || fail "$1 needs a value; see: remove-k3s.sh --help" 2
      data_dir=$2
      shift
      ;;
    --keep-data) keep_data=true ;;
    --dry-run) dry_run=true ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown option $1; see: remove-k3s.sh --help" 2 ;;
  esac
  shift
done
[ -n "$data_dir" ] || fail "--data-dir is missing; see: remove-k3s.sh --help" 2

# Croft has written it before it first started k3s: what was here then, line by line.
before=$data_dir/k3s/host-before
[ -f "$before" ] && [ "$(id -u)" -eq 0 ] || exit 0 # only root runs containers
if ! $dry_run && [ -f "$data_dir/croft.pid" ] && kill -0 "$(cut -d' ' -f1 "$data_dir/croft.pid")" 2>/dev/null; then
  fail "croft runs; stop it first: croft down --data-dir $data_dir"
fi
k3s=$(CDPATH='' cd -P "$data_dir/k3s" && pwd)
# The tools that k3s brings, for a host that has none of its own.
for directory in "$k3s"/data/*/bin "$k3s"/data/*/bin/aux; do
  PATH=$PATH:$directory
done
pid_namespace=$(readlink /proc/self/ns/pid)
leftovers=

leave() {
  leftovers="$leftovers
  $1 ($2)"
}

# was KIND NAME: whether that was here before
was() {
  grep -qxF "$1 $2" "$before"
}

# --- what is whose -------------------------------------------------------------------------------

# Whether a process runs a program of our k3s. A guest's, whose paths may be the same, has processes of its own count.
is_ours() {
  [ "$(readlink "$1/ns/pid" 2>/dev/null || :)" = "$pid_namespace" ] || return 1
  case $(readlink "$1/exe" 2>/dev/null || :) in
    "$k3s"/*) return 0 ;;
    *) return 1 ;;
  esac
}

# Prints, if there is one, a sign of a Kubernetes that is not ours. The two would use the same names.
other_kubernetes() {
  for place in /var/lib/kubelet /var/lib/rancher /run/k3s /run/flannel; do
    ! was path $place || { say "$place was here before croft's k3s" && return; }
  done
  for interface in cni0 flannel.1 flannel-v6.1 flannel-wg flannel-wg-v6 kube-ipvs0; do
    ! was interface $interface || { say "the interface $interface was here before croft's k3s" && return; }
  done
  for place in /var/lib/rancher/k3s /var/lib/rancher/rke2 /var/lib/k0s /var/snap/microk8s /etc/kubernetes \
    /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s-agent-uninstall.sh; do
    [ ! -e $place ] || { say "$place belongs to another Kubernetes" && return; }
  done
  running kubelet k3s k3s-server k3s-agent k0s rke2
}

# Prints a process of one of these names that is not ours, if there is one.
running() {
  for process in /proc/[0-9]*; do
    name=$(cat "$process/comm" 2>/dev/null) || continue
    for wanted in "$@"; do
      if [ "$name" = "$wanted" ] && ! is_ours "$process"; then
        say "$name runs here (process ${process#/proc/}), and is not croft's"
        return
      fi
    done
  done
}

# Prints, if there is one, a sign of other networks by CNI, as Podman has them.
other_networks() {
  ! was path /var/lib/cni || { say "/var/lib/cni was here before croft's k3s" && return; }
  for place in /etc/cni/net.d/* /var/lib/cni/networks/*; do
    case $place in
      *'/*' | /var/lib/cni/networks/cbr0) ;; # none; k3s' own
      *) say "$place belongs to another network" && return ;;
    esac
  done
}

# --- processes -----------------------------------------------------------------------------------

# Sets `ours` to the processes that run programs of our k3s, `contained` to their descendants.
find_processes() {
  ours=' '
  contained=' '
  for process in /proc/[0-9]*; do
    ! is_ours "$process" || ours="$ours${process#/proc/} "
  done
  parents=$(sed -n 's/^\([0-9]*\) (.*) [A-Za-z] \([0-9]*\) .*/\1 \2/p' /proc/[0-9]*/stat 2>/dev/null || :)
  found=
  while [ "$found" != "$contained" ]; do
    found=$contained
    while read -r process parent; do
      case "$ours$contained" in
        *" $process "*) ;;
        *" $parent "*) contained="$contained$process " ;;
      esac
    done <<PARENTS
$parents
PARENTS
  done
  case $contained in
    *" $$ "*) fail "this runs in one of the containers that it is to end; run it outside" ;;
  esac
}

# Whether one of these processes lives.
alive() {
  for process in "$@"; do
    ! kill -0 "$process" 2>/dev/null || return 0
  done
  return 1
}

# send SIGNAL SECONDS PROCESS...: and waits so long at most until they have ended
send() {
  signal=$1
  seconds=$2
  shift 2
  [ $# -gt 0 ] || return 0
  run kill "-$signal" "$@" 2>/dev/null || : # some may have ended by themselves
  while ! $dry_run && [ "$seconds" -gt 0 ] && alive "$@"; do
    seconds=$((seconds - 1))
    sleep 1
  done
}

# The containers first, which have 10 seconds to end; what watches them would not end by itself.
# shellcheck disable=SC2086 # several words each
end_processes() {
  find_processes
  send TERM 10 $contained
  $dry_run || find_processes
  send KILL 10 $ours $contained
  $dry_run || find_processes
  for process in $ours $contained; do
    $dry_run || leave "process $process" "does not end"
  done
}

# --- mounts --------------------------------------------------------------------------------------

# Prints where something of ours is mounted, the last first, as the kernel writes it.
mounts() {
  while read -r _ place _; do
    case $place in
      "$k3s" | "$k3s"/*) ;;
      /run/k3s | /run/k3s/* | /var/lib/kubelet | /var/lib/kubelet/*) [ -z "$kubernetes" ] || continue ;;
      /run/netns/cni-*) [ -z "$kubernetes$networks" ] && ! was path "$place" || continue ;;
      *) continue ;;
    esac
    was mount "$place" || say "$place"
  done </proc/self/mounts | sed '1!G;h;$!d'
}

unmount() {
  mounts | while read -r place; do
    # Odd characters stand there as octal numbers.
    path=$(printf '%b' "$(say "$place" | sed 's/\\\([0-7]\)/\\0\1/g')")
    if $dry_run; then
      say "would run: umount $path"
    else
      # One that hangs, as of a file server that is gone, is taken out of sight.
      umount "$path" 2>/dev/null || umount -l "$path" 2>/dev/null || : # is seen below
    fi
  done
  $dry_run || for place in $(mounts); do
    leave "$place" "is still mounted"
  done
}

# --- network -------------------------------------------------------------------------------------

remove_interfaces() {
  for interface in cni0 flannel.1 flannel-v6.1 flannel-wg flannel-wg-v6 kube-ipvs0; do
    [ $interface != cni0 ] || [ -z "$networks" ] || continue # others' bridges are called so as well
    ip link show dev $interface >/dev/null 2>&1 || continue
    for pair in $(ip -o link show master $interface type veth 2>/dev/null | sed 's/^[0-9]*: \([^@:]*\).*/\1/'); do
      run ip link delete dev "$pair" 2>/dev/null || : # it goes with the namespace of its other end
    done
    run ip link delete dev $interface || leave "interface $interface" "cannot be deleted"
  done
}

remove_namespaces() {
  for place in /run/netns/cni-*; do
    if [ -e "$place" ] && ! was path "$place"; then
      run rm -f "$place" || leave "$place" "cannot be removed"
    fi
  done
}

# Reads what iptables-save prints, and prints what takes our chains out of it and the rules that lead there.
# shellcheck disable=SC2016 # for awk to expand
without_chains() {
  awk -v networks="$networks" '
    function ours(chain) {
      return chain ~ /^(KUBE|FLANNEL)-/ || (networks == "" && chain ~ /^CNI-/)
    }
    function leads(rule, count, words, i) {
      if (rule ~ /--comment "flanneld (forward|masq)"/) return 1
      gsub(/"([^"\\]|\\.)*"/, "", rule)
      count = split(rule, words, " ")
      for (i = 1; i < count; i++) if (words[i] ~ /^-[jg]$/ && ours(words[i + 1])) return 1
      return 0
    }
    /^\*/ { table = $0; unlink = flush = drop = "" }
    /^:/ && ours(substr($1, 2)) {
      flush = flush "-F " substr($1, 2) "\n"
      drop = drop "-X " substr($1, 2) "\n"
    }
    /^-A / && !ours($2) && leads($0) { unlink = unlink "-D" substr($0, 3) "\n" }
    /^COMMIT/ && unlink flush != "" { printf "%s\n%s%s%sCOMMIT\n", table, unlink, flush, drop }'
}

# Of both kinds, as a host may have rules in either.
remove_rules() {
  for tool in iptables iptables-legacy iptables-nft ip6tables ip6tables-legacy ip6tables-nft; do
    command -v $tool-save >/dev/null || continue
    changes=$($tool-save 2>/dev/null | without_chains)
    if [ -z "$changes" ]; then
      continue
    elif $dry_run; then
      say "would run: $tool-restore --noflush, with:"
      say "$changes"
    else
      say "$changes" | $tool-restore --noflush || leave "rules of $tool" "cannot be removed"
    fi
  done
  if command -v nft >/dev/null; then
    for table in 'ip kube-proxy' 'ip6 kube-proxy' 'ip flannel-ipv4' 'ip6 flannel-ipv6'; do
      # shellcheck disable=SC2086 # a family and a name
      ! nft list table $table >/dev/null 2>&1 || run nft delete table $table
    done
  fi
  if command -v ipset >/dev/null; then
    for set in $(ipset list -name 2>/dev/null | grep -E '^(inet6:)?KUBE-' || :); do
      run ipset destroy "$set" || leave "set $set" "cannot be removed"
    done
  fi
}

# --- files ---------------------------------------------------------------------------------------

# With all that is in it, unless it was here before, or something is still mounted there.
remove_tree() {
  [ -e "$1" ] || return 0
  if was path "$1"; then
    say "left alone: $1, which was here before croft's k3s"
  elif ! $dry_run && cut -d' ' -f2 /proc/self/mounts | grep -q "^$1\(/\|\$\)"; then
    leave "$1" "something is mounted there"
  else
    run rm -rf --one-file-system "$1"
  fi
}

# remove_empty DIRECTORY...
remove_empty() {
  for place in "$@"; do
    if [ -d "$place" ] && ! was path "$place"; then
      run rmdir --ignore-fail-on-non-empty "$place"
    fi
  done
}

# What is of no use after a restart of this host.
remove_transient_files() {
  remove_tree /run/k3s
  remove_tree /run/flannel
  [ -n "$(running containerd dockerd)" ] || remove_tree /run/containerd
  if [ -d /sys/fs/cgroup/kubepods ]; then
    run find /sys/fs/cgroup/kubepods -depth -type d -exec rmdir '{}' + || leave /sys/fs/cgroup/kubepods "is in use"
  fi
}

remove_files() {
  remove_tree /var/lib/kubelet
  remove_tree /var/log/pods
  remove_tree /var/log/containers
  for place in /var/lib/cni/networks/cbr0 /var/lib/cni/results/cbr0-* /var/lib/cni/cache/results/cbr0-* /var/lib/cni/flannel; do
    remove_tree "$place"
  done
  was path /var/lib/cni ||
    remove_empty /var/lib/cni/networks /var/lib/cni/results /var/lib/cni/cache/results /var/lib/cni/cache /var/lib/cni
  was path /etc/rancher/node || remove_tree /etc/rancher/node/password
  remove_empty /etc/rancher/node
  plugins=/usr/libexec/kubernetes/kubelet-plugins
  was path ${plugins%/*} || remove_empty $plugins/volume/exec $plugins/volume $plugins ${plugins%/*}
}

# A link to the kubeconfig in our directory.
remove_kubeconfig() {
  case $(readlink /etc/rancher/k3s/k3s.yaml 2>/dev/null || :) in
    "$data_dir/k3s"/* | "$k3s"/*) run rm -f /etc/rancher/k3s/k3s.yaml ;;
  esac
  remove_empty /etc/rancher/k3s /etc/rancher
}

kubernetes=$(other_kubernetes)
networks=$(other_networks)
end_processes
unmount
if [ -n "$kubernetes" ]; then
  say "left alone: interfaces, rules, mounts and files that every Kubernetes has, because $kubernetes"
else
  remove_interfaces
  if [ -z "$networks" ]; then
    remove_namespaces
  else
    say "left alone: cni0, rules and network namespaces of CNI, because $networks"
  fi
  remove_rules
  remove_transient_files
  $keep_data || remove_files
fi
remove_kubeconfig
[ -z "$leftovers" ] || fail "left on this machine:$leftovers"
