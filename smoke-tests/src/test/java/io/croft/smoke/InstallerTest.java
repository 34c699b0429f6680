package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The scripts as they lie in a release: nothing is built.
@Tag("M2")
class InstallerTest {
  /// Prints what an installer might leave on a machine besides files.
  static final String MACHINE =
      """
      cut -d: -f1 /etc/passwd /etc/group
      find /etc /usr/lib /usr/local /var/lib /opt /srv -xdev \\( -type f -o -type d -o -type l \\) \
        ! -path '/var/lib/apt/*' ! -path '/var/lib/dpkg/*' 2>/dev/null | sort
      ls /sys/class/net
      cat /proc/self/mounts
      { ip route; ip -6 route; nft list ruleset; iptables-save | grep -v '^#'; } 2>/dev/null || :
      """;

  @TempDir Path root;

  private Path prefix;
  private Path data;
  private int port;

  @BeforeEach
  void choosePlaces() {
    prefix = root.resolve("prefix");
    data = root.resolve("data");
    port = Distribution.freePort();
  }

  @AfterEach
  void stop() {
    Distribution.croft("down", "--data-dir", data.toString()).run();
  }

  @Test
  void installsTwiceAndUninstallsWithoutATrace() throws Exception {
    String before = Command.of("sh", "-c", MACHINE).run().out();
    install(Distribution.home()).succeeded();
    install(Distribution.home()).succeeded();

    String croft = prefix.resolve("bin/croft").toString();
    assertThat(
            Command.of(croft, "kubeconfig", "--data-dir", data.toString()).run().succeeded().out())
        .contains(":" + port);
    Command.of(croft, "status", "--data-dir", data.toString()).run().succeeded();

    uninstall().succeeded();
    eventually("nothing is left", () -> files(root).isEmpty());
    assertThat(Command.of("sh", "-c", MACHINE).run().out()).isEqualTo(before);
  }

  @Test
  void tellsInADryRunWhatItWouldDoAndDoesNothing() throws Exception {
    String told = install(Distribution.home(), "--dry-run").succeeded().out();
    assertThat(files(root)).isEmpty();

    install(Distribution.home(), "--no-start").succeeded();

    Path program = prefix.resolve("lib/croft");
    assertThat(told).contains(program.toString());
    for (String file : files(root)) {
      if (!Path.of(file).startsWith(program)) {
        assertThat(told).contains(file);
      }
    }
    assertThat(told.lines()).allMatch(line -> line.startsWith("would "));
  }

  @Test
  void completesCommandsInShells() throws Exception {
    install(Distribution.home(), "--no-start").succeeded();

    Path completion = prefix.resolve("share/bash-completion/completions/croft");
    assertThat(
            Command.of("bash", "-c", ". " + completion + " && complete -p croft")
                .run()
                .succeeded()
                .out())
        .contains("croft");
  }

  @Test
  @Tag("distro-S1")
  void goesBackToTheVersionBefore() throws Exception {
    install(Distribution.home()).succeeded();
    Path upgrade = copyOfDistribution();
    Files.writeString(upgrade.resolve("lib/upgraded"), "");
    install(upgrade).succeeded();
    assertThat(prefix.resolve("lib/croft/lib/upgraded")).exists();

    install(upgrade, "--rollback").succeeded();

    assertThat(prefix.resolve("lib/croft/lib/upgraded")).doesNotExist();
    Command.of(prefix.resolve("bin/croft").toString(), "status", "--data-dir", data.toString())
        .run()
        .succeeded();
    uninstall().succeeded();
    eventually("nothing is left", () -> files(root.resolve("prefix")).isEmpty());
  }

  @Test
  @Tag("distro-S1")
  void takesBackAnUpgradeThatDoesNotGetReady() throws Exception {
    install(Distribution.home()).succeeded();
    Path upgrade = brokenCopy("up");

    Command.Output output = install(upgrade).exited(1);

    assertThat(output.err()).contains("the upgrade was taken back");
    Command.of(prefix.resolve("bin/croft").toString(), "status", "--data-dir", data.toString())
        .run()
        .succeeded();
  }

  /// What did not run before an upgrade that is taken back does not run after it.
  @Test
  @Tag("distro-S1")
  void startsNothingAfterAFailureThatDidNotRunBefore() throws Exception {
    install(Distribution.home(), "--no-start").succeeded();
    Path upgrade = brokenCopy("up");

    install(upgrade).exited(1);

    assertStopped();
  }

  @Test
  @Tag("distro-S1")
  void startsNothingAfterAFailureWhenToldNotToStart() throws Exception {
    install(Distribution.home()).succeeded();
    Path upgrade = brokenCopy("completion");

    install(upgrade, "--no-start").exited(1);

    assertStopped();
  }

  private void assertStopped() {
    Command.of(prefix.resolve("bin/croft").toString(), "status", "--data-dir", data.toString())
        .run()
        .exited(3);
  }

  /// In a network namespace with nothing but a loopback device: no address, no route, no name
  /// server.
  @Test
  @Tag("M13")
  void installsABundleWithoutANetwork() throws Exception {
    assumeTrue(
        Command.of("unshare", "--net", "true").run().exit() == 0,
        "needs to be root and to be allowed a network namespace");
    Path bundle = bundle();
    Path unpacked = Files.createDirectory(root.resolve("unpacked"));
    String script =
        """
        set -e
        ip link set lo up
        test -z "$(ip route)"
        tar -xzf %s -C %s croft/install.sh
        %s/croft/install.sh --bundle %s --prefix %s --data-dir %s --port %d --no-service
        %s/bin/croft status --data-dir %s
        %s/bin/croft down --data-dir %s
        """
            .formatted(
                bundle, unpacked, unpacked, bundle, prefix, data, port, prefix, data, prefix, data);

    String out = Command.of("unshare", "--net", "sh", "-c", script).run().succeeded().out();

    assertThat(out).contains("croft is ready", "gateway");
    assertThat(prefix.resolve("lib/croft/lib/k3s")).isExecutable();
    assertThat(prefix.resolve("lib/croft/images/pause.tar")).hasContent("layers");
    uninstall().succeeded();
    eventually("nothing is left", () -> files(prefix).isEmpty());
  }

  @Test
  @Tag("M13")
  void refusesABundleThatWasChanged() throws Exception {
    Path bundle = bundle();
    Path unpacked = Files.createDirectory(root.resolve("changed"));
    Command.of("tar", "-xzf", bundle.toString(), "-C", unpacked.toString()).run().succeeded();
    Files.writeString(unpacked.resolve("croft/images/pause.tar"), "other layers");
    Path changed = root.resolve("changed.tar.gz");
    pack(unpacked, changed);
    assertThat(installBundle(changed).exited(1).err()).contains("is damaged");

    Files.writeString(unpacked.resolve("croft/images/pause.tar"), "layers");
    Files.writeString(unpacked.resolve("croft/lib/more.jar"), "more");
    pack(unpacked, changed);
    assertThat(installBundle(changed).exited(1).err())
        .contains("holds files that its checksums do not name");

    Files.delete(unpacked.resolve("croft/lib/more.jar"));
    Path outside = Files.writeString(root.resolve("outside"), "layers");
    Files.delete(unpacked.resolve("croft/images/pause.tar"));
    Files.createSymbolicLink(unpacked.resolve("croft/images/pause.tar"), outside);
    pack(unpacked, changed);
    assertThat(installBundle(changed).exited(1).err()).contains("holds a link");
    assertThat(files(prefix)).isEmpty();
  }

  @Test
  @Tag("M13")
  void installsOnlyWhatTheNamedKeyHasSigned() throws Exception {
    String openssl = Distribution.peer("openssl");
    Path key = root.resolve("key.pem");
    Path other = root.resolve("other.pem");
    for (Path file : List.of(key, other)) {
      Command.of(
              openssl,
              "genpkey",
              "-algorithm",
              "EC",
              "-pkeyopt",
              "ec_paramgen_curve:P-256",
              "-out",
              file.toString())
          .run()
          .succeeded();
      Command.of(openssl, "pkey", "-in", file.toString(), "-pubout", "-out", file + ".pub")
          .run()
          .succeeded();
    }
    Path bundle = bundle("--sign-key", key.toString());

    assertThat(installBundle(bundle, "--bundle-key", other + ".pub").exited(1).err())
        .contains("is not signed with the key");
    installBundle(bundle, "--bundle-key", key + ".pub").succeeded();
  }

  /// With a k3s that does nothing but tell its version.
  private Path bundle(String... more) throws IOException {
    Path k3s =
        Files.writeString(root.resolve("k3s"), "#!/bin/sh\necho 'k3s version v1.34.1+k3s1'\n");
    Files.setPosixFilePermissions(k3s, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path images = Files.createDirectory(root.resolve("images"));
    Files.writeString(images.resolve("pause.tar"), "layers");
    Path bundle = root.resolve("bundle.tar.gz");
    var line = new ArrayList<>(List.of("bundle", "create", "--output", bundle.toString()));
    line.addAll(List.of("--k3s", k3s.toString(), "--images", images.toString()));
    line.addAll(List.of(more));
    Distribution.croft(line.toArray(String[]::new)).run().succeeded();
    return bundle;
  }

  private static void pack(Path directory, Path archive) {
    Command.of(
            "tar",
            "--use-compress-program=gzip -1",
            "-cf",
            archive.toString(),
            "-C",
            directory.toString(),
            "croft")
        .run()
        .succeeded();
  }

  private Command.Output installBundle(Path bundle, String... more) {
    var all = new ArrayList<>(List.of("--bundle", bundle.toString(), "--no-start"));
    all.addAll(List.of(more));
    return install(Distribution.home(), all.toArray(String[]::new));
  }

  /// @param command the one that fails
  private Path brokenCopy(String command) throws IOException {
    Path upgrade = copyOfDistribution();
    Path launcher = upgrade.resolve("bin/croft");
    String script = Files.readString(launcher);
    Files.writeString(
        launcher,
        script.replace(
            "set -eu\n", "set -eu\n[ \"${1:-}\" != %s ] || exit 1\n".formatted(command)));
    assertThat(launcher).content().isNotEqualTo(script);
    return upgrade;
  }

  /// With a stand-in for systemd, in a mount namespace of its own.
  @Test
  @Tag("M3")
  void registersAServiceAndTakesItAway() throws Exception {
    assumeTrue(
        Command.of("unshare", "--mount", "true").run().exit() == 0,
        "needs to be root and to be allowed a mount namespace");
    Path tools = Files.createDirectory(root.resolve("tools"));
    Path calls = root.resolve("calls");
    Path systemctl =
        Files.writeString(tools.resolve("systemctl"), "#!/bin/sh\necho \"$*\" >>" + calls + "\n");
    Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
    String script =
        """
        set -e
        mkdir -p /etc/systemd/system
        mount -t tmpfs none /run && mkdir -p /run/systemd/system
        mount -t tmpfs none /etc/systemd/system
        PATH=%s:$PATH
        %s/install.sh --prefix %s --data-dir %s --no-start >/dev/null
        cat /etc/systemd/system/croft.service
        %s/uninstall.sh --prefix %s >/dev/null
        ls -A /etc/systemd/system
        """
            .formatted(tools, Distribution.home(), prefix, data, Distribution.home(), prefix);

    String unit = Command.of("unshare", "--mount", "sh", "-c", script).run().succeeded().text();

    assertThat(unit)
        .startsWith("[Unit]")
        .contains(
            "Type=notify",
            "KillMode=process",
            "ExecStart=%s/lib/croft/bin/croft up --data-dir %s".formatted(prefix, data))
        .doesNotContain("@")
        .endsWith("WantedBy=multi-user.target");
    assertThat(Files.readAllLines(calls))
        .containsExactly("daemon-reload", "enable croft", "disable --now croft", "daemon-reload");
  }

  @Test
  void isInstalledAndPurgedByDpkg() throws Exception {
    String dpkg = Distribution.peer("dpkg");
    Path script = Path.of("..", "installers", "package.sh").toAbsolutePath().normalize();
    String deb =
        Command.of(script.toString(), "deb", "--output", root.toString()).run().succeeded().text();
    Path system = Files.createDirectories(root.resolve("system/var/lib/dpkg")).resolve("../../..");
    system = system.toRealPath();
    Files.createFile(system.resolve("var/lib/dpkg/status"));
    String[] options = {dpkg, "--root=" + system, "--force-script-chrootless,depends,not-root"};

    Command.of(options[0], options[1], options[2], "--install", deb).run().succeeded();
    assertThat(Command.of(system.resolve("usr/bin/croft").toString(), "version").run().text())
        .startsWith("croft ");
    assertThat(system.resolve("lib/systemd/system/croft.service"))
        .content()
        .contains("ExecStart=/usr/lib/croft/bin/croft up --data-dir /var/lib/croft")
        .doesNotContain("@");
    Files.createDirectories(system.resolve("var/lib/croft/store"));
    Files.writeString(system.resolve("var/lib/croft/format"), "1\n");

    Command.of(options[0], options[1], options[2], "--remove", "croft").run().succeeded();
    assertThat(system.resolve("var/lib/croft/format")).exists();
    assertThat(system.resolve("usr/lib/croft")).doesNotExist();

    Command.of(options[0], options[1], options[2], "--purge", "croft").run().succeeded();
    assertThat(files(system)).allMatch(file -> file.contains("/var/lib/dpkg/"));
  }

  @Test
  void isInstalledAndRemovedByRpm() throws Exception {
    Distribution.peer("rpmbuild");
    String rpm = Distribution.peer("rpm");
    Path script = Path.of("..", "installers", "package.sh").toAbsolutePath().normalize();
    String file =
        Command.of(script.toString(), "rpm", "--output", root.toString()).run().succeeded().text();
    Path system = Files.createDirectory(root.resolve("rpm-system"));
    String[] base = {rpm, "--root=" + system};
    Command.of(base[0], base[1], "--initdb").run().succeeded();

    Command.of(base[0], base[1], "--install", "--nodeps", "--noscripts", file).run().succeeded();
    assertThat(Command.of(system.resolve("usr/bin/croft").toString(), "version").run().text())
        .startsWith("croft ");
    assertThat(system.resolve("usr/lib/systemd/system/croft.service"))
        .content()
        .contains("ExecStart=/usr/lib/croft/bin/croft up --data-dir /var/lib/croft");

    Command.of(base[0], base[1], "--erase", "--noscripts", "croft").run().succeeded();
    assertThat(files(system)).noneMatch(path -> path.contains("croft"));
  }

  private Command.Output install(Path release, String... more) {
    var line = new ArrayList<String>();
    line.add(release.resolve("install.sh").toString());
    line.addAll(List.of("--prefix", prefix.toString(), "--data-dir", data.toString()));
    line.addAll(List.of("--port", Integer.toString(port), "--no-service"));
    line.addAll(List.of(more));
    return Command.of(line.toArray(String[]::new)).run();
  }

  private Command.Output uninstall() {
    return Command.of(
            Distribution.home().resolve("uninstall.sh").toString(), "--prefix", prefix.toString())
        .run();
  }

  private Path copyOfDistribution() {
    Path copy = root.resolve("upgrade");
    Command.of("cp", "-a", Distribution.home().toString(), copy.toString()).run().succeeded();
    return copy;
  }

  /// Files and links below a directory, as absolute paths.
  private static SortedSet<String> files(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return new TreeSet<>();
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      var files = new TreeSet<String>();
      paths.filter(path -> !Files.isDirectory(path)).forEach(path -> files.add(path.toString()));
      return files;
    }
  }
}
