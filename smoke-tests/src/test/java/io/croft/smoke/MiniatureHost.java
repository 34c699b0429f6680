package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// A Debian with an init of its own, which `miniature-host.sh` starts in namespaces; the
/// distribution lies in its `/opt/croft`.
final class MiniatureHost implements AutoCloseable {
  static final String SYSTEMD = "/lib/systemd/systemd";
  static final String SYSV = "/sbin/init";

  /// What no namespace divides, the machine's clock before all.
  private static final String FORBIDDEN = "-sys_time,-sys_module,-sys_rawio,-syslog";

  private final Path directory;
  private final String init;
  private final Process process;

  /// @param directory for what it has on disk
  MiniatureHost(Path directory, String init) throws Exception {
    this.directory = directory;
    this.init = init;
    if (!Files.exists(root())) {
      Command.of("cp", "-a", base().toString(), root().toString()).run().succeeded();
    }
    String script =
        Path.of(requireNonNull(MiniatureHost.class.getResource("miniature-host.sh")).toURI())
            .toString();
    process =
        Command.of("sh", script, root().toString(), Distribution.home().toString(), init)
            .with("FORBIDDEN", FORBIDDEN)
            .start(directory.resolve("init.out"), directory.resolve("init.err"));
  }

  /// The same one, started again.
  MiniatureHost reboot() throws Exception {
    run("poweroff");
    eventually("it is off", () -> !process.isAlive());
    return new MiniatureHost(directory, init);
  }

  /// Its files, as this machine sees them.
  Path root() {
    return directory.resolve("root");
  }

  /// @param script of the shell, without questions of its own
  Command.Output run(String script) throws Exception {
    eventually("its init runs", () -> !process.isAlive() || init().isPresent());
    String pid = Long.toString(init().orElseThrow(() -> new AssertionError(said())).pid());
    var line = new ArrayList<>(List.of("nsenter", "-t", pid, "-m", "-p", "-n", "-u", "-i", "-C"));
    line.addAll(List.of("-r", "-w", "env", "-i", "HOME=/root", "TERM=dumb"));
    line.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    // Who enters is not bound by what its init may not do.
    line.addAll(List.of("/usr/bin/setpriv", "--bounding-set", FORBIDDEN));
    line.addAll(List.of("sh", "-c", script));
    return new Command(List.copyOf(line), Map.of(), "").run();
  }

  /// Its process 1: the child of `unshare`, which is the script's, once it is no shell any more.
  private Optional<ProcessHandle> init() {
    return process
        .children()
        .flatMap(ProcessHandle::children)
        .filter(child -> child.info().command().orElse("").endsWith(name()))
        .findFirst();
  }

  private String name() {
    return init.substring(init.lastIndexOf('/'));
  }

  private String said() {
    try {
      return "the miniature host has ended: " + Files.readString(directory.resolve("init.err"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /// Its namespaces end with its process 1, its cgroup is then removed by the script.
  @Override
  public void close() {
    process.children().flatMap(ProcessHandle::children).forEach(ProcessHandle::destroyForcibly);
    process.onExit().join();
    // JUnit would, too, and warn of each of its thousands of links.
    Command.of("rm", "-rf", "--one-file-system", root().toString()).run().succeeded();
  }

  private static Path base() {
    Path base = Path.of(System.getProperty("croft.peers", "")).resolveSibling("debian");
    Assumptions.assumeTrue(Boolean.getBoolean("croft.services"), "runs with -Dcroft.services=true");
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "a host in miniature needs root");
    Assumptions.assumeTrue(Files.exists(base), "there is no " + base + ", see build/peers.sh");
    return base;
  }
}
