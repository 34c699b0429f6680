package io.croft.app.command;

import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.Joiner;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Course;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.Standing;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.Role;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Has a host join as a command line asks for it, unless it has.
final class HostJoin {
  private final Wish wish;
  private final Supplier<String> usualName;
  private final PrintStream err;

  /// What is left open is as it was.
  ///
  /// @param token empty for none
  record Wish(@Nullable URI server, @Nullable String name, @Nullable Role role, String token) {
    /// @param former where the appliance was before it was where it is: who still says that means
    ///   the same
    Membership of(Membership before, List<URI> former) {
      URI wished = server == null ? before.server() : server;
      boolean same = token.isEmpty() && former.contains(wished);
      return new Membership(
          same ? before.server() : wished,
          name == null ? before.name() : name,
          role == null ? before.role() : role);
    }
  }

  /// @param now whether the host joined just now
  record Joined(Membership membership, boolean now) {}

  /// @param usualName of a host that joins for the first time, unless another one is wished
  /// @param err told what happens
  HostJoin(Wish wish, Supplier<String> usualName, PrintStream err) {
    this.wish = wish;
    this.usualName = usualName;
    this.err = err;
  }

  /// As what the host has joined, or will.
  Role role(NodeDirectory node) throws IOException, JoinException {
    return wish.role() != null
        ? wish.role()
        : node.membership().map(Membership::role).orElse(Role.AGENT);
  }

  /// Of a data directory that a process has.
  ///
  /// @throws CommandException when that process would have to be another one
  void requireNothingToDo(Path dataDir) throws IOException, JoinException {
    NodeDirectory node = NodeDirectory.at(dataDir);
    Optional<Membership> runs = node.membership();
    String stop = "stop it before: croft down --data-dir " + dataDir;
    if (runs.isEmpty()) {
      throw wrong("croft runs, and has not joined; " + stop);
    }
    if (!wish.of(runs.get(), node.formerServers()).equals(runs.get())) {
      throw other(runs.get(), "it runs; " + stop);
    }
    if (!wish.token().isEmpty() && node.course().flatMap(Course::end).isPresent()) {
      throw wrong(
          "%s does not let node %s in any more; this host runs, and joins again only by a start; %s"
              .formatted(runs.get().server(), runs.get().name(), stop));
    }
  }

  /// Joins when the host has not, or when it is to be another node.
  Joined joined(NodeDirectory node) throws Exception {
    Optional<Membership> before = node.membership();
    if (before.isEmpty()) {
      URI server = wish.server();
      Role role = wish.role();
      if (server == null || role == null || wish.token().isEmpty()) {
        throw wrong(
            "this host has not joined yet: croft join URL --token-file FILE (on the appliance:"
                + " croft token create --role agent, server or edge)");
      }
      String name = wish.name() == null ? usualName.get() : wish.name();
      return join(node, new Membership(server, name, role));
    }
    Membership wanted = wish.of(before.get(), node.formerServers());
    if (!wanted.equals(before.get())) {
      return replace(node, before.get(), wanted);
    }
    if (!wish.token().isEmpty()
        && Standing.of(node, wanted, InstantSource.system()) == Standing.UNKNOWN) {
      return joinAgain(node, wanted);
    }
    return new Joined(wanted, false);
  }

  private Joined join(NodeDirectory node, Membership wanted) throws Exception {
    new Joiner(node, InstantSource.system()).join(wanted, JoinToken.parse(wish.token()));
    err.printf("joined %s as node %s%s%n", wanted.server(), wanted.name(), besides(wanted));
    return new Joined(wanted, true);
  }

  private static String besides(Membership joined) {
    return switch (joined.role()) {
      case AGENT -> "";
      case EDGE -> ", an edge";
      case SERVER ->
          ", a server; it gets a copy of the appliance once it is approved there: croft node"
              + " approve --server "
              + joined.name();
    };
  }

  /// The same appliance is somewhere else: it knows the host.
  private boolean moved(NodeDirectory node, Membership before, Membership wanted)
      throws IOException, JoinException {
    boolean same = before.name().equals(wanted.name()) && before.role() == wanted.role();
    if (!same || Standing.of(node, wanted, InstantSource.system()) != Standing.KNOWN) {
      return false;
    }
    node.move(wanted.server());
    err.printf("node %s is one of %s's from now on%n", wanted.name(), wanted.server());
    return true;
  }

  private Joined replace(NodeDirectory node, Membership before, Membership wanted)
      throws Exception {
    if (wish.token().isEmpty()) {
      if (moved(node, before, wanted)) {
        return new Joined(wanted, false);
      }
      throw other(
          before,
          "to have it join %s as node %s (%s) instead, give a token of that appliance"
              .formatted(wanted.server(), wanted.name(), wanted.role().text()));
    }
    Joined joined = join(node.next(), wanted);
    node.becomeNext();
    err.println(
        "it was node %s of %s before; the key of that is kept in node/before. Remove that node"
                .formatted(before.name(), before.server())
            + " there: croft node remove "
            + before.name());
    return joined;
  }

  private static CommandException other(Membership before, String mend) {
    return wrong(
        "this host has joined %s as node %s already (%s); %s"
            .formatted(before.server(), before.name(), before.role().text(), mend));
  }

  private static CommandException wrong(String message) {
    return new CommandException(ExitCode.WRONG_USAGE, message);
  }

  /// Its key remains, and with it its right to the name. A token that is of no use is no reason to
  /// end: it may be that of long ago, and the agent may manage without.
  private Joined joinAgain(NodeDirectory node, Membership wanted) throws Exception {
    err.println(
        "%s does not let node %s in any more; this host joins again, with the same key"
            .formatted(wanted.server(), wanted.name()));
    try {
      return join(node, wanted);
    } catch (JoinException e) {
      err.println("that was refused: " + e.getMessage());
      return new Joined(wanted, false);
    }
  }
}
