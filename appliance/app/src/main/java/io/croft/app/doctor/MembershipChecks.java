package io.croft.app.doctor;

import io.croft.base.HostPort;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Course;
import io.croft.fleet.agent.NodeDirectory.End;
import io.croft.fleet.agent.NodeDirectory.Membership;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// The appliance that this host has joined, if it has joined one.
final class MembershipChecks {
  static final List<Check> ALL = List.of(Check.of("membership", MembershipChecks::membership));

  private static final int HTTPS = 443;

  private MembershipChecks() {}

  private static Finding membership(Host host) throws IOException {
    NodeDirectory node = NodeDirectory.at(host.dataDir());
    Optional<Membership> joined;
    Optional<End> end;
    try {
      joined = node.membership();
      end = node.course().flatMap(Course::end);
    } catch (JoinException e) {
      return Finding.error(
          String.valueOf(e.getMessage()), "croft down, then croft join with a token");
    }
    if (joined.isEmpty()) {
      return Finding.skipped("this host has not joined another appliance");
    }
    URI server = joined.get().server();
    String who =
        "node %s (%s) of %s".formatted(joined.get().name(), joined.get().role().text(), server);
    if (end.isPresent()) {
      return Finding.error(
          "no longer %s, since %s: %s".formatted(who, end.get().time(), end.get().reason()),
          "to have it join again: croft down, then croft join with a token");
    }
    try {
      host.connect(new HostPort(server.getHost(), server.getPort() < 0 ? HTTPS : server.getPort()));
    } catch (IOException e) {
      return Finding.warning(
          "%s, which does not answer: %s".formatted(who, e.getMessage()),
          "see whether it runs, and what is between; if it has moved: croft down, then croft join"
              + " URL with a token");
    }
    return Finding.ok(who + ", which answers");
  }
}
