package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Course;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.proof.Role;
import io.croft.model.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where an edge is a member, and whether the site hears of it.
///
/// @param trouble why it does not; empty when it does
/// @param since when this is so
record MemberSummary(Membership membership, Course course, String trouble, String since) {
  /// The component that says it.
  private static final String COMPONENT = "membership";

  /// @param components of the appliance that runs
  /// @return empty for one that is no edge
  static Optional<MemberSummary> read(Path dataDir, JsonNode components) throws IOException {
    try {
      NodeDirectory node = NodeDirectory.at(dataDir);
      Optional<Membership> joined = node.membership().filter(m -> m.role() == Role.EDGE);
      Optional<Course> course = node.course();
      for (JsonNode component : components) {
        if (component.at("/metadata/name").asText().equals(COMPONENT)
            && joined.isPresent()
            && course.isPresent()) {
          JsonNode status = component.path("status");
          return Optional.of(
              new MemberSummary(
                  joined.get(),
                  course.get(),
                  status.path("lastError").asText(),
                  status.path("since").asText()));
        }
      }
      return Optional.empty();
    } catch (JoinException e) {
      throw new CommandException(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  String text() {
    String where = "%s as node %s".formatted(membership.server(), membership.name());
    if (course.end().isPresent()) {
      return "no member of %s any more since %s: %s"
          .formatted(where, course.end().get().time(), course.end().get().reason());
    }
    String joined = course.since().map(time -> " since " + time).orElse("");
    return trouble.isEmpty()
        ? "member of %s%s; reached".formatted(where, joined)
        : "member of %s%s; not reached since %s: %s"
            .formatted(where, joined, StatusCommand.seconds(since), trouble);
  }

  ObjectNode json() {
    ObjectNode json =
        Json.object()
            .put("server", membership.server().toString())
            .put("node", membership.name())
            .put("reached", trouble.isEmpty())
            .put("lastError", trouble);
    course.since().ifPresent(time -> json.put("joined", time.toString()));
    course.end().ifPresent(end -> json.put("ended", end.time().toString()));
    return json;
  }
}
