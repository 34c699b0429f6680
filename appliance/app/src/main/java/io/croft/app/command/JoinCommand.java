package io.croft.app.command;

import io.croft.app.process.BackgroundProcess;
import io.croft.app.process.StopSignal;
import io.croft.app.runtime.JoinedHost;
import io.croft.base.DataDirectory;
import io.croft.base.RunningProcess;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.Joiner;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.Standing;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.MalformedTokenException;
import io.croft.fleet.proof.Role;
import io.croft.model.Names;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft join`: joins this host to an appliance, and runs what a joined host runs.
@Command(
    name = "join",
    description = {
      "Joins this host to an appliance, and runs its agent in the foreground.",
      "A host that has joined needs neither URL nor token to run again. With a token it joins again"
          + " if the appliance does not know it any more, and becomes another node if URL or --name"
          + " say so."
    },
    footer = {
      "",
      "Example:",
      "  croft join https://site.example:8443 --token-file token --name edge-1 --detach"
    })
final class JoinCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(100);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "URL",
      arity = "0..1",
      description = "Where the appliance is: https://HOST:PORT.")
  private @Nullable String url;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "What croft token create printed. Others on this machine can see arguments:"
              + " --token-file is safer. Environment: CROFT_TOKEN.")
  private @Nullable String token;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file that holds the token; /dev/stdin for standard input.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The name of the node. Default: this host's name, up to the first dot.")
  private @Nullable String name;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      description = "As what to join; this version joins agents. Default: agent.")
  private String role = "agent";

  @Option(
      names = "--detach",
      description = "Run in the background; return once the appliance has heard of this host.")
  private boolean detach;

  JoinCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    if (!role.equals(Role.AGENT.text())) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "this version joins hosts as agent, not as " + role);
    }
    Path dataDir = common.configuration(shell).dataDir();
    try {
      if (detach) {
        return runInBackground(dataDir);
      }
      try (DataDirectory directory = open(dataDir)) {
        return run(directory);
      }
    } catch (JoinException e) {
      throw new CommandException(ExitCode.NOT_ALLOWED, String.valueOf(e.getMessage()), e);
    } catch (MalformedTokenException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private static DataDirectory open(Path dataDir) throws Exception {
    if (Files.exists(dataDir.resolve("pki"))) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "an appliance has the data directory %s; choose another one with --data-dir"
              .formatted(dataDir));
    }
    return DataDirectory.open(dataDir);
  }

  private int run(DataDirectory directory) throws Exception {
    var node = NodeDirectory.open(directory.root());
    Membership membership = joined(node);
    try (var host = JoinedHost.open(directory, node, membership);
        var _ = StopSignal.closing(host)) {
      host.run(() -> shell.out().println(heard(membership)));
    }
    return ExitCode.DONE.code();
  }

  private static String heard(Membership membership) {
    return "node %s is known at %s".formatted(membership.name(), membership.server());
  }

  /// As what this host has joined; it joins now when it has not, or when it is to be another node.
  private Membership joined(NodeDirectory node) throws Exception {
    Optional<Membership> before = node.membership();
    String word = token();
    if (before.isEmpty()) {
      if (url == null || word.isEmpty()) {
        throw new CommandException(
            ExitCode.WRONG_USAGE,
            "this host has not joined yet: croft join URL --token TOKEN (on the appliance: croft"
                + " token create --role agent)");
      }
      return join(node, new Membership(server(url), nodeName(), Role.AGENT), word);
    }
    Membership wanted = wanted(before.get());
    if (!wanted.equals(before.get())) {
      return replace(node, before.get(), wanted, word);
    }
    if (!word.isEmpty() && Standing.of(node, wanted, InstantSource.system()) == Standing.UNKNOWN) {
      joinAgain(node, wanted, word);
    }
    return wanted;
  }

  private Membership join(NodeDirectory node, Membership wanted, String word) throws Exception {
    new Joiner(node, InstantSource.system()).join(wanted, JoinToken.parse(word));
    shell.err().println("joined %s as node %s".formatted(wanted.server(), wanted.name()));
    return wanted;
  }

  /// What is not said is as it was.
  private Membership wanted(Membership before) {
    return new Membership(
        url == null ? before.server() : server(url),
        name == null ? before.name() : nodeName(),
        before.role());
  }

  private Membership replace(NodeDirectory node, Membership before, Membership wanted, String word)
      throws Exception {
    if (word.isEmpty()) {
      throw other(
          before,
          "to have it join %s as node %s instead, give a token of that appliance"
              .formatted(wanted.server(), wanted.name()));
    }
    join(node.next(), wanted, word);
    node.becomeNext();
    shell
        .err()
        .println(
            "it was node %s of %s before; the key of that is kept in node/before. Remove that node"
                    .formatted(before.name(), before.server())
                + " there: croft node remove "
                + before.name());
    return wanted;
  }

  private static CommandException other(Membership before, String mend) {
    return new CommandException(
        ExitCode.WRONG_USAGE,
        "this host has joined %s as node %s already; %s"
            .formatted(before.server(), before.name(), mend));
  }

  /// Its key remains, and with it its right to the name. A token that is of no use is no reason to
  /// end: it may be that of long ago, and the agent may manage without.
  private void joinAgain(NodeDirectory node, Membership wanted, String word) throws Exception {
    shell
        .err()
        .println(
            "%s does not let node %s in any more; this host joins again, with the same key"
                .formatted(wanted.server(), wanted.name()));
    try {
      join(node, wanted, word);
    } catch (JoinException e) {
      shell.err().println("that was refused: " + e.getMessage());
    }
  }

  private String token() throws IOException {
    if (tokenFile != null) {
      return Files.readString(tokenFile).strip();
    }
    return token != null ? token : shell.environment().getOrDefault(BackgroundProcess.TOKEN, "");
  }

  private static URI server(String text) {
    URI uri;
    try {
      uri = URI.create(text.replaceFirst("/$", ""));
    } catch (IllegalArgumentException e) {
      uri = URI.create("");
    }
    if (!"https".equals(uri.getScheme())
        || uri.getHost() == null
        || !uri.getRawPath().isEmpty()
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "URL must be of the form https://HOST:PORT, not " + text);
    }
    return uri;
  }

  private String nodeName() {
    String wanted = name;
    if (wanted == null) {
      wanted = hostName().toLowerCase(Locale.ROOT).replaceFirst("\\..*", "");
    }
    List<String> problems = Names.dns1123Label(wanted);
    if (!problems.isEmpty()) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "\"%s\" is no name of a node: %s; choose one with --name"
              .formatted(wanted, problems.getFirst()));
    }
    return wanted;
  }

  private static String hostName() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /// Of a host whose agent runs.
  private void requireSame(Path dataDir) throws IOException, JoinException {
    Optional<Membership> runs = NodeDirectory.open(dataDir).membership();
    if (runs.isPresent() && !wanted(runs.get()).equals(runs.get())) {
      throw other(runs.get(), "its agent runs; stop it before: croft down --data-dir " + dataDir);
    }
  }

  /// Joins in this process, so that the token is no argument of one that lives on.
  private int runInBackground(Path dataDir) throws Exception {
    if (RunningProcess.of(dataDir).isPresent()) {
      requireSame(dataDir);
      shell.err().println("the agent runs already; stop it: croft down --data-dir " + dataDir);
      return ExitCode.DONE.code();
    }
    Membership membership;
    try (DataDirectory directory = open(dataDir)) {
      JoinedHost.forget(directory);
      membership = joined(NodeDirectory.open(directory.root()));
    }
    long begunNanos = System.nanoTime();
    try (var child =
            BackgroundProcess.start(
                List.of("join", "--data-dir", dataDir.toString()), shell.err());
        var _ = StopSignal.ending(child)) {
      while (child.isAlive()) {
        if (JoinedHost.isHeard(dataDir)) {
          shell.out().println(heard(membership));
          return ExitCode.DONE.code();
        }
        if (System.nanoTime() - begunNanos > LIMIT.toNanos()) {
          throw new CommandException(
              ExitCode.NOT_READY,
              "joined, but %s has not heard of this host after %d s; the agent (process %d) goes on; see %s"
                  .formatted(
                      membership.server(),
                      LIMIT.toSeconds(),
                      child.pid(),
                      dataDir.resolve("logs/croft.log")));
        }
        Thread.sleep(POLL);
      }
      return child.exitCode();
    }
  }
}
