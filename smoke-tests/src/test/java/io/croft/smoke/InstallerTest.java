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
  private static final String MACHINE =
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
    Path upgrade = copyOfDistribution();
    Path launcher = upgrade.resolve("bin/croft");
    String script = Files.readString(launcher);
    Files.writeString(
        launcher, script.replaceFirst("set -eu\n", "$0[ \"\\${1:-}\" != up ] || exit 1\n"));
    assertThat(launcher).content().isNotEqualTo(script);

    Command.Output output = install(upgrade).exited(1);

    assertThat(output.err()).contains("the upgrade was taken back");
    Command.of(prefix.resolve("bin/croft").toString(), "status", "--data-dir", data.toString())
        .run()
        .succeeded();
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
