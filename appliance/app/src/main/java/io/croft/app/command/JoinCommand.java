package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.process.BackgroundProcess;
import io.croft.app.process.ServiceManager;
import io.croft.app.process.StopSignal;
import io.croft.app.runtime.HeardMark;
import io.croft.app.runtime.JoinedHost;
import io.croft.app.runtime.Promotion;
import io.croft.base.DataDirectory;
import io.croft.base.RunningProcess;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.MalformedTokenException;
import io.croft.fleet.proof.Role;
import io.croft.model.Names;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
      "Joins this host to an appliance as what the token is for, and runs in the foreground: the"
          + " agent of a host; that of a server, which keeps a copy of the appliance besides to"
          + " take its place (croft promote); or an edge, which is an appliance of its own with its"
          + " settings, its port and its authorities.",
      "A host that has joined needs neither URL nor token to run again; an edge may be run by croft"
          + " up as well. With a token it joins again if the appliance does not know it any more,"
          + " and becomes another node if URL, --name or the token say so. Without one, URL is"
          + " where the appliance is now."
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
      description = "As what to join: agent, server or edge. Default: what the token is for.")
  private @Nullable String role;

  @Option(
      names = "--detach",
      description =
          "Run in the background; return once the appliance has heard of this host; of an edge that"
              + " has joined earlier, once it is ready.")
  private boolean detach;

  JoinCommand(Shell shell) {
    this.shell = shell;
  }

  /// For a host that has joined.
  JoinCommand(Shell shell, boolean detach) {
    this(shell);
    this.detach = detach;
  }

  @Override
  public Integer call() throws Exception {
    return run(common.configuration(shell));
  }

  int run(Configuration configuration) throws Exception {
    Path dataDir = configuration.dataDir();
    try {
      String word = token(); // once: it may come by a pipe
      var wish =
          new HostJoin.Wish(url == null ? null : server(url), wishedName(), role(word), word);
      var join = new HostJoin(wish, JoinCommand::usualName, shell.err());
      return switch (join.role(NodeDirectory.at(dataDir))) {
        case AGENT, SERVER -> asAgent(join, configuration);
        case EDGE -> asEdge(join, configuration);
      };
    } catch (JoinException e) {
      throw new CommandException(ExitCode.NOT_ALLOWED, String.valueOf(e.getMessage()), e);
    } catch (MalformedTokenException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private int asAgent(HostJoin join, Configuration configuration) throws Exception {
    Path dataDir = configuration.dataDir();
    requireNoStore(join, dataDir);
    if (Files.exists(dataDir.resolve("pki"))) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          ("an appliance has the data directory %s; choose another one with --data-dir, or have the"
                  + " appliance join as edge, with a token for that")
              .formatted(dataDir));
    }
    if (detach) {
      return agentInBackground(join, dataDir);
    }
    try (DataDirectory directory = DataDirectory.open(dataDir)) {
      var node = NodeDirectory.open(directory.root());
      Membership membership = joined(join, node, dataDir).membership();
      try (var host = JoinedHost.open(directory, node, configuration.settings(), membership);
          var _ = StopSignal.closing(host)) {
        // An appliance that is not reached for now keeps no service from having started.
        ServiceManager.of(shell.environment()).tellReady();
        host.run(() -> shell.out().println(heard(membership)));
      }
    }
    return ExitCode.DONE.code();
  }

  /// As `croft up`, once it has joined.
  private int asEdge(HostJoin join, Configuration configuration) throws Exception {
    Path dataDir = configuration.dataDir();
    UpCommand.requireEngine(configuration); // before the token is used up
    if (detach && RunningProcess.of(dataDir).isPresent()) {
      join.requireNothingToDo(dataDir);
      return runInBackground(configuration).code();
    }
    HostJoin.Joined joined = joined(join, dataDir);
    if (!detach) {
      return new ForegroundRun(shell, configuration).run().code();
    }
    ExitCode code = runInBackground(configuration);
    if (code == ExitCode.DONE && joined.now()) {
      awaitHeard(dataDir, joined.membership());
    }
    return code.code();
  }

  private ExitCode runInBackground(Configuration configuration) throws Exception {
    return new BackgroundRun(shell, configuration)
        .run(List.of("up", "--data-dir", configuration.dataDir().toString()));
  }

  private static HostJoin.Joined joined(HostJoin join, Path dataDir) throws Exception {
    try (DataDirectory directory = DataDirectory.open(dataDir)) {
      HeardMark.clear(directory.root());
      return joined(join, NodeDirectory.open(directory.root()), dataDir);
    }
  }

  /// What was copied as somebody else is not of this appliance.
  private static HostJoin.Joined joined(HostJoin join, NodeDirectory node, Path dataDir)
      throws Exception {
    Optional<Membership> before = node.membership();
    HostJoin.Joined joined = join.joined(node);
    if (joined.now() && !before.equals(Optional.of(joined.membership()))) {
      Promotion.forgetCopy(dataDir);
    }
    return joined;
  }

  /// A server makes a store there one day. One whose promotion was interrupted has one already.
  private static void requireNoStore(HostJoin join, Path dataDir) throws Exception {
    NodeDirectory node = NodeDirectory.at(dataDir);
    if (join.role(node) != Role.SERVER) {
      return;
    }
    if (node.membership().isPresent() && Files.exists(dataDir.resolve("pki"))) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          ("a promotion of this host was interrupted; go on with it: croft promote --data-dir %s;"
               + " or, to remain a server of %s, remove what it has begun with: pki, secrets.key,"
               + " engine and k3s/token in %1$s")
              .formatted(dataDir, node.membership().get().server()));
    }
    if (Files.exists(dataDir.resolve("store"))) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "there is a store in the data directory %s; choose another one with --data-dir"
              .formatted(dataDir));
    }
  }

  private void awaitHeard(Path dataDir, Membership membership) throws Exception {
    long begunNanos = System.nanoTime();
    while (!HeardMark.isSet(dataDir)) {
      if (RunningProcess.of(dataDir).isEmpty()) {
        throw new CommandException(
            ExitCode.FAILED, "it has ended; see " + dataDir.resolve("logs/croft.log"));
      }
      requireTime(begunNanos, dataDir, membership);
      Thread.sleep(POLL);
    }
    shell.out().println(heard(membership));
  }

  private static void requireTime(long begunNanos, Path dataDir, Membership membership) {
    if (System.nanoTime() - begunNanos > LIMIT.toNanos()) {
      throw new CommandException(
          ExitCode.NOT_READY,
          "joined, but %s has not heard of this host after %d s; it goes on in the background; see %s"
              .formatted(
                  membership.server(), LIMIT.toSeconds(), dataDir.resolve("logs/croft.log")));
    }
  }

  private static String heard(Membership membership) {
    return "node %s is known at %s".formatted(membership.name(), membership.server());
  }

  /// What is said, else what the token is for.
  private @Nullable Role role(String word) throws MalformedTokenException {
    if (role != null) {
      return Role.of(role)
          .orElseThrow(() ->
              new CommandException(
                  ExitCode.WRONG_USAGE, "--role must be %s, not %s".formatted(Role.CHOICE, role)));
    }
    return word.isEmpty() ? null : JoinToken.parse(word).role();
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

  private @Nullable String wishedName() {
    return name == null ? null : nodeName(name);
  }

  private static String usualName() {
    return nodeName(hostName().toLowerCase(Locale.ROOT).replaceFirst("\\..*", ""));
  }

  private static String nodeName(String wanted) {
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

  /// Joins in this process, so that the token is no argument of one that lives on.
  private int agentInBackground(HostJoin join, Path dataDir) throws Exception {
    if (RunningProcess.of(dataDir).isPresent()) {
      join.requireNothingToDo(dataDir);
      shell.err().println("the agent runs already; stop it: croft down --data-dir " + dataDir);
      return ExitCode.DONE.code();
    }
    Membership membership = joined(join, dataDir).membership();
    long begunNanos = System.nanoTime();
    try (var child =
            BackgroundProcess.start(
                List.of("join", "--data-dir", dataDir.toString()), shell.err());
        var _ = StopSignal.ending(child)) {
      while (child.isAlive()) {
        if (HeardMark.isSet(dataDir)) {
          shell.out().println(heard(membership));
          return ExitCode.DONE.code();
        }
        requireTime(begunNanos, dataDir, membership);
        Thread.sleep(POLL);
      }
      return child.exitCode();
    }
  }
}
