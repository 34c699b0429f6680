package io.croft.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.app.config.Configuration;
import io.croft.app.doctor.Doctor.Result;
import io.croft.app.doctor.Finding.Level;
import io.croft.base.HostPort;
import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every check, on a healthy machine and on one that lacks what it looks for.
@Tag("M11")
class DoctorTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  /// What a healthy machine's kernel and system say.
  private static final Map<String, String> HEALTHY =
      Map.ofEntries(
          Map.entry("proc/sys/kernel/ostype", "Linux"),
          Map.entry("proc/sys/kernel/osrelease", "6.12.1"),
          Map.entry("proc/sys/kernel/hostname", "edge-1"),
          Map.entry("proc/sys/kernel/random/entropy_avail", "256"),
          Map.entry("proc/sys/fs/inotify/max_user_instances", "8192"),
          Map.entry("proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB"),
          Map.entry("proc/self/limits", "Max open files            65536      65536      files"),
          Map.entry("proc/self/mounts", "/dev/vda / ext4 rw 0 0"),
          Map.entry("proc/swaps", "Filename Type Size Used Priority"),
          Map.entry(
              "proc/net/route",
              """
              Iface Destination Gateway Flags RefCnt Use Metric Mask
              eth0 00000000 0102A8C0 0003 0 0 0 00000000
              eth0 0002A8C0 00000000 0001 0 0 0 00FFFFFF\
              """),
          Map.entry("proc/42/comm", "chronyd"),
          Map.entry("sys/class/net/eth0/mtu", "1500"),
          Map.entry("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory hugetlb pids"),
          Map.entry("sys/module/overlay/x", ""),
          Map.entry("sys/module/nf_conntrack/x", ""),
          Map.entry("lib/modules/6.12.1/modules.builtin", "kernel/net/ipv4/netfilter/ip_tables.ko"),
          Map.entry("lib/modules/6.12.1/modules.dep", "kernel/net/bridge/br_netfilter.ko.xz: a.ko"),
          Map.entry("usr/sbin/modprobe", ""),
          Map.entry("usr/bin/mount", ""),
          Map.entry("usr/bin/umount", ""),
          Map.entry("etc/resolv.conf", "nameserver 192.168.2.1"));

  @TempDir Path root;
  @TempDir Path data;

  private Machine machine;

  /// This machine but for what a test changes.
  private static final class Machine extends Host {
    Room room = new Room(20L << 30, 40L << 30);
    double syncMillis = 1;
    String localhost = "127.0.0.1";
    Set<Integer> held = Set.of();
    boolean isolated;

    Machine(Path root, Configuration configuration, InstantSource clock) {
      super(root, configuration, clock);
    }

    @Override
    Room room() {
      return room;
    }

    @Override
    double slowestSyncMillis() {
      return syncMillis;
    }

    @Override
    InetAddress resolve(String name) throws IOException {
      if (localhost.isEmpty()) {
        throw new UnknownHostException(name);
      }
      return InetAddress.ofLiteral(localhost);
    }

    @Override
    void connect(HostPort to) throws IOException {
      if (isolated) {
        throw new ConnectException("Connection refused");
      }
    }

    @Override
    Map<String, String> environment() {
      return Map.of("PATH", "/nowhere");
    }

    @Override
    void tryToListen(HostPort at) throws IOException {
      if (held.contains(at.port())) {
        throw new BindException("Address already in use");
      }
    }
  }

  @BeforeEach
  void makeHealthyMachine() throws Exception {
    for (var file : HEALTHY.entrySet()) {
      write(file.getKey(), file.getValue());
    }
    machine = machine(NOW);
  }

  private Machine machine(Instant now) throws Exception {
    return machine(now, Map.of());
  }

  private Machine machine(Instant now, Map<String, String> settings) throws Exception {
    var flags = new HashMap<String, Given>();
    settings.forEach((name, value) -> flags.put(name, new Given(value, new Origin.Flag(name))));
    flags.put("croft.data-dir", new Given(data.toString(), new Origin.Flag("--data-dir")));
    return new Machine(root, Configuration.load(flags, null, Map.of()), InstantSource.fixed(now));
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text + "\n");
  }

  private Map<String, Finding> examine() {
    return results(false).stream().collect(Collectors.toMap(Result::check, Result::finding));
  }

  private Finding found(String check) {
    return Objects.requireNonNull(examine().get(check), check);
  }

  private List<Result> results(boolean fix) {
    var results = new ArrayList<Result>();
    new Doctor(machine, true).examine(fix, results::add);
    return results;
  }

  @Test
  void findsNothingWrongWithAHealthyMachine() {
    assertThat(examine().values())
        .allSatisfy(finding -> assertThat(finding.level()).isIn(Level.OK, Level.SKIPPED))
        .hasSizeGreaterThan(25);
  }

  @Test
  void leavesOutWhatOnlyContainersNeed() {
    var results = new ArrayList<Result>();
    new Doctor(machine, false).examine(false, results::add);

    assertThat(results).extracting(Result::check).contains("memory").doesNotContain("cgroups");
  }

  @Test
  void findsASiteThatIsNotReachedOrDoesNotKnowThisHostAnyMore() throws Exception {
    assertThat(found("membership").level()).isEqualTo(Level.SKIPPED);

    Path file = Files.createDirectories(data.resolve("node")).resolve("node.json");
    String joined =
        "{\"server\": \"https://site.example:8443\", \"name\": \"a\", \"role\": \"edge\"";
    Files.writeString(file, joined + "}");
    assertThat(found("membership").message())
        .isEqualTo("node a (edge) of https://site.example:8443, which answers");
    assertThat(found("membership").level()).isEqualTo(Level.OK);

    machine.isolated = true;
    assertThat(found("membership").message()).contains("does not answer: Connection refused");
    assertThat(found("membership").level()).isEqualTo(Level.WARNING);

    String ended = ", \"ended\": {\"time\": \"2026-11-20T12:00:00Z\", \"reason\": \"removed\"}}";
    Files.writeString(file, joined + ended);
    assertThat(found("membership").message()).contains("since 2026-11-20T12:00:00Z: removed");
    assertThat(found("membership").level()).isEqualTo(Level.ERROR);

    Files.writeString(file, "{");
    assertThat(found("membership").message()).contains("is damaged");
  }

  @Test
  void findsAK3sThatCannotBeRun() throws Exception {
    assertThat(found("engine").level()).isEqualTo(Level.SKIPPED);

    machine = machine(NOW, Map.of("croft.engine", "k3s"));
    assertThat(found("engine").message()).contains("there is no k3s here");
    assertThat(found("engine").level()).isEqualTo(Level.ERROR);

    Path k3s = data.resolve("k3s");
    Map<String, String> named = Map.of("croft.engine", "k3s", "croft.k3s", k3s.toString());
    machine = machine(NOW, named);
    assertThat(found("engine").message()).contains("not an executable file");

    Files.writeString(k3s, "#!/bin/sh\necho 'something else'\n");
    Files.setPosixFilePermissions(k3s, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(found("engine").message()).contains("is no k3s", "something else");

    Files.writeString(k3s, "#!/bin/sh\necho 'k3s version v1.34.1+k3s1 (abc)'\n");
    assertThat(found("engine").level()).isEqualTo(Level.OK);

    machine.held = Set.of(6444);
    assertThat(found("engine").message()).contains("another program listens at 127.0.0.1:6444");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kernel | WARNING | proc/sys/kernel/osrelease | 3.10.0 | older than 4.18",
        "memory | WARNING | proc/meminfo | MemTotal: 500000 kB\\nMemAvailable: 400000 kB | 488 MiB",
        "memory | WARNING | proc/meminfo | MemTotal: 8000000 kB\\nMemAvailable: 9000 kB | 8 MiB",
        "open-files | WARNING | proc/self/limits | Max open files 4096 4096 files | 4096 may be"
            + " open",
        "open-files | ERROR | proc/self/limits | Max open files 256 256 files | 256 may be open",
        "entropy | WARNING | proc/sys/kernel/random/entropy_avail | 12 | 12 bits",
        "inotify | WARNING | proc/sys/fs/inotify/max_user_instances | 128 | 128 instances",
        "cgroups | ERROR | sys/fs/cgroup/cgroup.controllers | cpu cpuset pids | missing: memory",
        "kernel-modules | ERROR | lib/modules/6.12.1/modules.dep | other.ko | no br_netfilter",
        "swap | WARNING | proc/swaps | Filename\\n/dev/vdb partition 1 0 -2 | swap is on",
        "selinux | ERROR | sys/fs/selinux/enforce | 1 | no policy",
        "other-distributions | WARNING | etc/cni/net.d/10-flannel.conflist | {} | /etc/cni/net.d",
        "file-system | ERROR | proc/self/mounts | server:/x / nfs4 rw 0 0 | over a network",
        "file-system | WARNING | proc/self/mounts | tmpfs / tmpfs rw 0 0 | empty after a restart",
        "file-system | WARNING | proc/self/mounts | /dev/mmcblk0p1 / ext4 rw 0 0 | wears out",
        "host-name | ERROR | proc/sys/kernel/hostname | Edge_1 | no name that a node may have",
        "host-name | WARNING | proc/sys/kernel/hostname | localhost | as others are called",
        "name-servers | WARNING | etc/resolv.conf | # none | names none",
        "name-servers | WARNING | etc/resolv.conf | nameserver 127.0.0.1 | would ask themselves",
        "firewall | WARNING | proc/43/comm | firewalld | firewalld runs",
        "firewall | WARNING | etc/ufw/ufw.conf | ENABLED=yes | ufw is enabled",
        "firewall | WARNING | etc/systemd/system/timers.target.wants/nm-cloud-setup.timer | x |"
            + " routes",
        "mtu | WARNING | sys/class/net/eth0/mtu | 1200 | eth0",
        "service-network | WARNING | proc/net/route | h\\ntun0 0000600A 0 0001 0 0 0 0000FFFF |"
            + " 10.96.0.0/16 of tun0",
        "default-route | WARNING | proc/net/route | header | none",
        "address | WARNING | var/lib/dhcp/dhclient.eth0.leases | x | DHCP",
        "clock-synchronization | WARNING | proc/42/comm | sh | nothing seen",
      })
  void tellsWhatAFileOfTheSystemShows(
      String check, Level level, String file, String text, String message) throws IOException {
    write(file, text.replace("\\n", "\n"));

    Finding finding = found(check);

    assertThat(finding.level()).isEqualTo(level);
    assertThat(finding.message()).contains(message);
    assertThat(finding.hint()).isNotEmpty();
  }

  @Test
  void knowsVersion1OfCgroups() throws IOException {
    Files.delete(root.resolve("sys/fs/cgroup/cgroup.controllers"));
    Files.createDirectories(root.resolve("sys/fs/cgroup/memory"));

    assertThat(found("cgroups").message()).contains("version 1");
  }

  @Test
  void missesPrograms() throws IOException {
    Files.delete(root.resolve("usr/sbin/modprobe"));

    assertThat(found("programs").message()).isEqualTo("not installed: modprobe");
  }

  @Test
  void looksAtTheRoomOnTheDisk() {
    machine.room = new Host.Room(100 << 20, 40L << 30);
    assertThat(found("disk-space").level()).isEqualTo(Level.ERROR);
    assertThat(found("disk-space-for-images").level()).isEqualTo(Level.ERROR);

    machine.room = new Host.Room(4L << 30, 40L << 30);
    assertThat(found("disk-space").level()).isEqualTo(Level.WARNING);
  }

  @Test
  void foreseesAFullDisk() throws IOException {
    Path format = Files.writeString(data.resolve("format"), "1\n");
    Files.setLastModifiedTime(format, FileTime.from(NOW.minus(Duration.ofDays(2))));
    Files.write(data.resolve("large"), new byte[20 << 20]);
    machine.room = new Host.Room(100 << 20, 200 << 20);

    Finding finding = found("disk-forecast");

    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.message()).isEqualTo("10.0 MiB a day, room for 10 days");
  }

  @Test
  void timesTheDisk() {
    machine.syncMillis = 20;
    assertThat(found("disk-latency").level()).isEqualTo(Level.WARNING);

    machine.syncMillis = 200;
    assertThat(found("disk-latency").level()).isEqualTo(Level.ERROR);
  }

  @Test
  void namesWhoHoldsThePort() throws IOException {
    machine.held = Set.of(8443, 10250);
    write("proc/net/tcp", "sl\n0: 00000000:20FB 00000000:0000 0A 0:0 0:0 0 0 0 4711 1");
    write("proc/77/comm", "nginx");
    Files.createDirectories(root.resolve("proc/77/fd"));
    Files.createSymbolicLink(root.resolve("proc/77/fd/5"), Path.of("socket:[4711]"));

    assertThat(found("port").message())
        .isEqualTo("0.0.0.0:8443 cannot be listened at: Address already in use by nginx (pid 77)");
    assertThat(found("ports-of-kubelet").message()).isEqualTo("in use: 10250");
  }

  @Test
  void resolvesLocalhost() {
    machine.localhost = "";
    assertThat(found("localhost").level()).isEqualTo(Level.ERROR);

    machine.localhost = "192.0.2.1";
    assertThat(found("localhost").message()).isEqualTo("localhost is 192.0.2.1");
  }

  @Test
  void noticesThatTheClockWentBack() throws Exception {
    Path log = Files.createDirectories(data.resolve("logs")).resolve("croft.log");
    Files.setLastModifiedTime(Files.createFile(log), FileTime.from(NOW.plusSeconds(3600)));
    assertThat(found("clock").message()).contains("was written at 2026-11-21T13:00:00Z");

    machine = machine(Instant.parse("1970-01-01T00:10:00Z"));
    assertThat(found("clock").message()).contains("the clock says 1970");
  }

  @Test
  void refusesADataDirectoryOfAnotherFormat() throws IOException {
    Files.writeString(data.resolve("format"), "7\n");

    assertThat(found("data-directory").message()).contains("was written by format 7");
  }

  @Test
  void narrowsPermissions() throws Exception {
    Path key = Files.createDirectories(data.resolve("pki")).resolve("ca.key");
    Files.writeString(key, "x");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(found("permissions").level()).isEqualTo(Level.ERROR);

    assertThat(results(true))
        .anySatisfy(result -> {
          assertThat(result.check()).isEqualTo("permissions");
          assertThat(result.fixed()).isTrue();
        });
    assertThat(Files.getPosixFilePermissions(key))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void clearsWhatAKilledProcessLeft() throws IOException {
    Files.writeString(data.resolve("croft.pid"), "999999999 gone\n");
    Path endpoint = Files.createDirectories(data.resolve("run")).resolve("endpoint");
    Files.writeString(endpoint, "https://127.0.0.1:8443\n");
    assertThat(found("left-behind").level()).isEqualTo(Level.WARNING);

    results(true);

    assertThat(endpoint).doesNotExist();
    assertThat(data.resolve("croft.pid")).doesNotExist();
  }

  @Test
  void setsTheLimitOfInotify() throws IOException {
    write("proc/sys/fs/inotify/max_user_instances", "128");

    assertThat(results(true))
        .anySatisfy(result -> {
          assertThat(result.check()).isEqualTo("inotify");
          assertThat(result.fixed()).isTrue();
        });
  }

  @Test
  void readsKeysAndCertificates() throws Exception {
    Path pki = data.resolve("pki");
    Pki.open(pki, ServerNames.of(List.of("localhost")), InstantSource.fixed(NOW));
    assertThat(found("keys").level()).isEqualTo(Level.OK);
    assertThat(found("certificates").level()).isEqualTo(Level.OK);

    machine = machine(NOW.plus(Duration.ofDays(3600)));
    assertThat(found("certificates").message()).contains("ended: ").contains("gateway.crt");

    try (Stream<Path> files = Files.walk(pki)) {
      Path key = files.filter(file -> file.endsWith("ca.key")).findFirst().orElseThrow();
      Files.writeString(key, "not a key");
    }
    assertThat(found("keys").level()).isEqualTo(Level.ERROR);
  }

  @Test
  void warnsOfAuthoritiesThatEndSoon() throws Exception {
    Pki pki =
        Pki.open(
            data.resolve("pki"), ServerNames.of(List.of("localhost")), InstantSource.fixed(NOW));
    Instant end = pki.serverAuthority().certificate().getNotAfter().toInstant();
    machine = machine(end.minus(Duration.ofDays(30)));
    for (String leaf : List.of("admin.crt", "gateway.crt", "front-proxy-client.crt")) {
      Files.delete(data.resolve("pki").resolve(leaf)); // as if it had been renewed meanwhile
    }

    assertThat(found("certificates").message())
        .contains("authorities end within 90 days: ", "/ca.crt");
  }

  @Test
  void seesAnApplianceThatDoesNotAnswer() throws IOException {
    // This very process stands for one that hangs.
    long pid = ProcessHandle.current().pid();
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String ticks = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    Files.writeString(data.resolve("croft.pid"), pid + " " + boot + "/" + ticks + "\n");

    Finding finding = found("appliance");

    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.message()).contains("is starting, or serves the store only");
  }
}
