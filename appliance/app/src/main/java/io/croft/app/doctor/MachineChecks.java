package io.croft.app.doctor;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The kernel, its limits and its memory.
final class MachineChecks {
  static final List<Check> ALL =
      List.of(
          Check.of("kernel", MachineChecks::kernel),
          Check.of("memory", MachineChecks::memory),
          Check.of("open-files", MachineChecks::openFiles),
          Check.of("entropy", MachineChecks::entropy),
          Check.forContainers("inotify", MachineChecks::inotify),
          Check.forContainers("cgroups", MachineChecks::cgroups),
          Check.forContainers("kernel-modules", MachineChecks::modules),
          Check.forContainers("programs", MachineChecks::programs),
          Check.forContainers("swap", MachineChecks::swap),
          Check.forContainers("selinux", MachineChecks::selinux),
          Check.forContainers("other-distributions", MachineChecks::otherDistributions));

  private static final long MIB = 1 << 20;
  private static final long ENOUGH_MEMORY = 1024 * MIB;
  private static final long LITTLE_FREE_MEMORY = 256 * MIB;
  private static final long ENOUGH_FILES = 65_536;
  private static final long TOO_FEW_FILES = 1024;
  private static final long ENOUGH_ENTROPY = 128;
  private static final long ENOUGH_INOTIFY = 8192;
  private static final Pattern RELEASE = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*");
  private static final List<String> CONTROLLERS = List.of("cpu", "cpuset", "memory", "pids");
  private static final List<String> MODULES =
      List.of("overlay", "nf_conntrack", "br_netfilter", "ip_tables");
  private static final List<String> PROGRAMS = List.of("modprobe", "mount", "umount");
  private static final List<String> PROGRAM_DIRECTORIES =
      List.of("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin");

  /// What other distributions leave, which gets into the way of k3s.
  private static final List<String> LEFTOVERS =
      List.of(
          "var/lib/rancher/k3s/server/db",
          "var/lib/k0s",
          "var/snap/microk8s",
          "etc/kubernetes/manifests",
          "etc/cni/net.d",
          "sys/class/net/cni0",
          "sys/class/net/flannel.1",
          "sys/class/net/vxlan.calico",
          "sys/class/net/kube-bridge");

  private MachineChecks() {}

  private static Finding kernel(Host host) {
    Optional<String> type = host.text("proc/sys/kernel/ostype");
    String release = host.text("proc/sys/kernel/osrelease").orElse("");
    var version = RELEASE.matcher(release);
    if (type.isEmpty() || !version.matches()) {
      return Finding.warning(
          "this is no Linux, or /proc is not mounted",
          "most checks need /proc; containers need Linux");
    }
    int major = Integer.parseInt(version.group(1));
    int minor = Integer.parseInt(version.group(2));
    return major > 4 || (major == 4 && minor >= 18)
        ? Finding.ok("%s %s".formatted(type.get(), release))
        : Finding.warning(
            "%s %s is older than 4.18".formatted(type.get(), release), "update the kernel");
  }

  private static Finding memory(Host host) {
    long total = memory(host, "MemTotal:");
    long available = memory(host, "MemAvailable:");
    if (total == 0) {
      return Finding.skipped("/proc/meminfo is not to be read");
    }
    String seen = "%d MiB, %d MiB of it free".formatted(total / MIB, available / MIB);
    if (available < LITTLE_FREE_MEMORY) {
      return Finding.warning(
          seen, "free some: the kernel ends processes, this one perhaps, when none is left");
    }
    return total < ENOUGH_MEMORY
        ? Finding.warning(seen, "1 GiB or more is recommended")
        : Finding.ok(seen);
  }

  private static long memory(Host host, String name) {
    return host.lines("proc/meminfo").stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong("0" + line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  private static Finding openFiles(Host host) {
    Optional<String> soft =
        host.lines("proc/self/limits").stream()
            .filter(line -> line.startsWith("Max open files"))
            .map(line -> line.substring("Max open files".length()).strip().split("\\s+", 2)[0])
            .findFirst();
    if (soft.isEmpty()) {
      return Finding.skipped("/proc/self/limits is not to be read");
    }
    long limit = soft.get().equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft.get());
    if (limit >= ENOUGH_FILES) {
      return Finding.ok("%s may be open".formatted(soft.get()));
    }
    String message = "%d may be open; every connection takes one".formatted(limit);
    String hint = "raise it: LimitNOFILE=65536 in the service's unit, or ulimit -n 65536";
    return limit < TOO_FEW_FILES ? Finding.error(message, hint) : Finding.warning(message, hint);
  }

  private static Finding entropy(Host host) {
    Optional<Long> available = number(host, "proc/sys/kernel/random/entropy_avail");
    if (available.isEmpty()) {
      return Finding.skipped("the kernel does not tell");
    }
    return available.get() >= ENOUGH_ENTROPY
        ? Finding.ok("%d bits".formatted(available.get()))
        : Finding.warning(
            "%d bits of entropy: making keys may block".formatted(available.get()),
            "give the machine a source, such as virtio-rng or the package rng-tools");
  }

  private static Finding inotify(Host host) {
    String path = "proc/sys/fs/inotify/max_user_instances";
    Optional<Long> limit = number(host, path);
    if (limit.isEmpty()) {
      return Finding.skipped("the kernel does not tell");
    }
    return limit.get() >= ENOUGH_INOTIFY
        ? Finding.ok("%d instances for each user".formatted(limit.get()))
        : Finding.warning(
                "%d instances for each user; pods that watch files use them up"
                    .formatted(limit.get()),
                "sysctl fs.inotify.max_user_instances=8192, and the same in /etc/sysctl.d")
            .mendedBy(() -> Files.writeString(host.path(path), ENOUGH_INOTIFY + "\n"));
  }

  private static Optional<Long> number(Host host, String path) {
    return host.text(path).filter(text -> text.matches("\\d{1,18}")).map(Long::parseLong);
  }

  private static Finding cgroups(Host host) {
    Optional<String> controllers = host.text("sys/fs/cgroup/cgroup.controllers");
    if (controllers.isEmpty()) {
      return host.exists("sys/fs/cgroup/memory")
          ? Finding.error(
              "cgroups of version 1, which kubelets from 1.35 on refuse",
              "start the kernel with systemd.unified_cgroup_hierarchy=1")
          : Finding.error("no cgroups are mounted", "mount cgroup2 at /sys/fs/cgroup");
    }
    List<String> present = List.of(controllers.get().split("\\s+"));
    List<String> missing = CONTROLLERS.stream().filter(c -> !present.contains(c)).toList();
    return missing.isEmpty()
        ? Finding.ok("version 2 with %s".formatted(String.join(", ", CONTROLLERS)))
        : Finding.error(
            "cgroup controllers are missing: " + String.join(", ", missing),
            "enable them on the kernel's command line, such as cgroup_enable=memory");
  }

  private static Finding modules(Host host) {
    String release = host.text("proc/sys/kernel/osrelease").orElse("");
    List<String> available =
        Stream.of("modules.builtin", "modules.dep")
            .flatMap(file -> host.lines("lib/modules/" + release + "/" + file).stream())
            .map(line -> line.replaceFirst("\\.ko.*", "").replaceFirst(".*/", "").replace('-', '_'))
            .toList();
    List<String> missing =
        MODULES.stream()
            .filter(module -> !host.exists("sys/module/" + module) && !available.contains(module))
            .toList();
    return missing.isEmpty()
        ? Finding.ok(String.join(", ", MODULES))
        : Finding.error(
            "the kernel has no " + String.join(", ", missing),
            "modprobe them, or install the package with the kernel's modules");
  }

  private static Finding programs(Host host) {
    List<String> missing =
        PROGRAMS.stream()
            .filter(program ->
                PROGRAM_DIRECTORIES.stream().noneMatch(d -> host.exists(d + "/" + program)))
            .toList();
    return missing.isEmpty()
        ? Finding.ok(String.join(", ", PROGRAMS))
        : Finding.error(
            "not installed: " + String.join(", ", missing), "install the packages kmod and mount");
  }

  private static Finding swap(Host host) {
    List<String> swaps = host.lines("proc/swaps");
    return swaps.size() <= 1
        ? Finding.ok("none")
        : Finding.warning(
            "swap is on: limits of pods' memory are not kept",
            "swapoff -a, and take it out of /etc/fstab");
  }

  private static Finding selinux(Host host) {
    boolean enforcing = host.text("sys/fs/selinux/enforce").filter("1"::equals).isPresent();
    if (!enforcing) {
      return Finding.ok("not enforced");
    }
    return host.exists("usr/share/selinux/packages/k3s.pp")
        ? Finding.ok("enforced, with the policy of k3s")
        : Finding.error(
            "SELinux is enforced and has no policy for k3s", "install the package k3s-selinux");
  }

  private static Finding otherDistributions(Host host) {
    List<String> found =
        LEFTOVERS.stream()
            .filter(path -> !path.startsWith("etc/") || !host.names(path).isEmpty())
            .filter(host::exists)
            .map(path -> "/" + path)
            .toList();
    return found.isEmpty()
        ? Finding.ok("none")
        : Finding.warning(
            "left by another Kubernetes: " + String.join(", ", found),
            "uninstall it with its own script, then remove what is left; a restart clears"
                + " interfaces and rules of the firewall");
  }
}
