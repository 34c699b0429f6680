package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The service, on hosts in miniature with a real systemd or OpenRC.
@Tag("M3")
class ServiceManagerTest {
  private static final String DATA = "/var/lib/croft";
  private static final String PID = "$(cut -d' ' -f1 " + DATA + "/croft.pid)";

  @TempDir private Path directory;
  private @Nullable MiniatureHost host;

  @AfterEach
  void end() {
    if (host != null) {
      host.close();
    }
  }

  @Test
  @Tag("M2")
  void runsUnderSystemd() throws Exception {
    boot(MiniatureHost.SYSTEMD);
    String before = machine();
    assertThat(run("/opt/croft/install.sh").succeeded().out()).contains("croft is ready");
    assertThat(run("/opt/croft/install.sh").succeeded().out()).contains("is running already");
    assertThat(run("journalctl -u croft").out()).contains("Croft is ready after");

    // One that is stuck is replaced.
    run("mkdir /run/systemd/system/croft.service.d").succeeded();
    run("printf '[Service]\\nWatchdogSec=6\\n' >/run/systemd/system/croft.service.d/soon.conf")
        .succeeded();
    run("systemctl daemon-reload && systemctl restart croft").succeeded();
    String told = property("WatchdogTimestampMonotonic");
    eventually(
        "it says again that it lives", () -> !property("WatchdogTimestampMonotonic").equals(told));
    run("kill -STOP " + PID).succeeded();
    eventually(
        "it is started again",
        () -> property("NRestarts").equals("1") && property("ActiveState").equals("active"));
    run("croft status").succeeded();

    // One that has been replaced is not.
    run("echo https://other.example:8443 >" + DATA + "/replaced").succeeded();
    run("systemctl restart croft").exited(1);
    assertThat(property("ExecMainStatus")).isEqualTo("4");
    assertThat(property("ActiveState")).isEqualTo("failed");
    run("rm " + DATA + "/replaced").succeeded();

    run("systemctl start croft && systemctl stop croft").succeeded();
    assertThat(property("ActiveState") + property("ExecMainStatus")).isEqualTo("inactive0");
    reboot();
    eventually("it runs again", () -> property("ActiveState").equals("active"));
    run("croft status").succeeded();

    assertThat(run("/opt/croft/uninstall.sh").succeeded().out()).contains("croft is removed");
    assertThat(run("systemctl cat croft").exit()).isNotZero();
    assertThat(machine()).isEqualTo(before);
  }

  @Test
  void runsAnAgentUnderSystemd() throws Exception {
    boot(MiniatureHost.SYSTEMD);
    run("/opt/croft/install.sh --no-start").succeeded();
    run("croft up --detach --data-dir /srv/site --listen 127.0.0.1:9443").succeeded();
    run("""
    croft token create --role agent --data-dir /srv/site |
      croft join https://127.0.0.1:9443 --token-file /dev/stdin --name edge --detach
    """)
        .succeeded();
    run("croft down").succeeded();

    run("systemctl start croft").succeeded();

    assertThat(run("systemctl is-active croft").text()).isEqualTo("active");
    assertThat(run("/opt/croft/install.sh").succeeded().out()).contains("is running already");
    eventually(
        "the appliance hears of it",
        () -> run("croft node list --data-dir /srv/site").out().contains("edge   Ready"));
  }

  @Test
  @Tag("M2")
  void isInstalledAndPurgedByDpkgUnderSystemd() throws Exception {
    boot(MiniatureHost.SYSTEMD);
    Path script = Path.of("..", "installers", "package.sh").toAbsolutePath().normalize();
    Path opt = host().root().resolve("opt");
    Command.of(script.toString(), "deb", "--output", opt.toString()).run().succeeded();
    String before = machine();

    run("dpkg --install /opt/*.deb").succeeded();
    run("croft status").succeeded();
    assertThat(run("systemctl is-enabled croft").text()).isEqualTo("enabled");

    run("dpkg --purge croft").succeeded();
    assertThat(machine()).isEqualTo(before);
  }

  @Test
  @Tag("M2")
  void runsUnderOpenRc() throws Exception {
    boot(MiniatureHost.SYSV);
    String before = machine();
    assertThat(run("/opt/croft/install.sh").succeeded().out()).contains("croft is ready");
    assertThat(run("rc-update show default").out()).contains("croft");

    String pid = run("echo " + PID).text();
    run("kill -9 " + PID).succeeded();
    eventually(
        "it is started again",
        () -> run("croft status").exit() == 0 && !run("echo " + PID).text().equals(pid));
    run("rc-service croft status").succeeded();
    run("rc-service croft restart").succeeded();
    eventually("it is ready again", () -> run("croft status").exit() == 0);

    // One that is stuck is not left behind without a supervisor.
    run("sed -i 's/TERM.150/TERM\\/1/' /etc/init.d/croft && rc-service croft restart").succeeded();
    eventually("it is ready again", () -> run("croft status").exit() == 0);
    String stuck = run("echo " + PID).text();
    run("kill -STOP " + stuck + " && rc-service croft stop").succeeded();
    run("test -e /proc/" + stuck).exited(1);

    reboot();
    eventually("it runs again", () -> run("croft status").exit() == 0);

    run("sed -i 's/TERM.1/TERM\\/150/' /etc/init.d/croft").succeeded();
    assertThat(run("/opt/croft/uninstall.sh").succeeded().out()).contains("croft is removed");
    assertThat(run("rc-update show default").out()).doesNotContain("croft");
    assertThat(machine()).isEqualTo(before);
  }

  private void boot(String init) throws Exception {
    host = new MiniatureHost(directory, init);
    String up =
        init.equals(MiniatureHost.SYSTEMD)
            ? "systemctl is-active multi-user.target"
            : "rc-status --runlevel | grep default";
    eventually("it is up", () -> run(up).exit() == 0);
  }

  private void reboot() throws Exception {
    host = host().reboot();
  }

  private MiniatureHost host() {
    return requireNonNull(host);
  }

  private Command.Output run(String script) throws Exception {
    return host().run(script);
  }

  /// Without what the start of a host brings by itself: OpenRC's cache, another order of mounts.
  private String machine() throws Exception {
    String others = "grep -v -e /usr/lib/rc/cache -e /var/lib/dbus";
    return run("{ " + InstallerTest.MACHINE + " } | " + others + " | sort").succeeded().out();
  }

  private String property(String name) throws Exception {
    return run("systemctl show --property " + name + " --value croft").text();
  }
}
