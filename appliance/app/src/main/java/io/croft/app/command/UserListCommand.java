package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft user list`.
@Command(
    name = "list",
    description = "Lists the users and their groups.",
    footer = {"", "Example:", "  croft user list"})
final class UserListCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  UserListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    try (var calls = new LocalUserCalls(common.configuration(shell))) {
      ObjectNode groups = calls.list("groups");
      shell.out().println("NAME\tDISABLED\tGROUPS");
      for (JsonNode user : calls.list("users").path("items")) {
        String name = user.at("/metadata/name").asText();
        shell
            .out()
            .println(
                "%s\t%s\t%s"
                    .formatted(
                        name, user.at("/spec/disabled").asBoolean(), groupsOf(groups, name)));
      }
    }
    return ExitCode.DONE.code();
  }

  private static String groupsOf(ObjectNode groups, String name) {
    var of = new ArrayList<String>();
    for (JsonNode group : groups.path("items")) {
      for (JsonNode member : group.at("/spec/members")) {
        if (member.asText().equals(name)) {
          of.add(group.at("/metadata/name").asText());
        }
      }
    }
    return String.join(",", of);
  }
}
