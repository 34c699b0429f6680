package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import io.croft.model.Names;
import java.io.IOException;
import java.util.List;

/// What the commands about tokens and nodes ask of the API.
final class FleetCalls implements AutoCloseable {
  static final String TOKENS = base() + "jointokens";
  static final String MACHINES = base() + "machines";
  static final String NODES = "/api/v1/nodes";
  private static final String MERGE = "application/merge-patch+json";

  private final ApplianceClient client;

  FleetCalls(Configuration configuration) throws Exception {
    this.client = RunningAppliance.client(configuration);
  }

  private static String base() {
    return "/apis/" + FleetKinds.GROUP + "/" + FleetKinds.VERSION + "/";
  }

  static void requireName(String name) {
    List<String> problems = Names.dns1123Label(name);
    if (!problems.isEmpty()) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "\"%s\" is no name of a node: %s".formatted(name, problems.getFirst()));
    }
  }

  ObjectNode read(String path) throws IOException, InterruptedException {
    return client.read(path);
  }

  ObjectNode create(String path, ObjectNode object) throws IOException, InterruptedException {
    return client.write("POST", path, "application/json", object);
  }

  /// @param collection of these
  /// @throws CommandException when there is none of that name, as of all that follows
  ObjectNode read(String collection, String name) throws IOException, InterruptedException {
    return named(collection, name, path -> client.read(path));
  }

  ObjectNode merge(String collection, String name, ObjectNode patch)
      throws IOException, InterruptedException {
    return named(collection, name, path -> client.write("PATCH", path, MERGE, patch));
  }

  ObjectNode delete(String collection, String name) throws IOException, InterruptedException {
    return named(
        collection, name, path -> client.write("DELETE", path, "application/json", Json.object()));
  }

  @FunctionalInterface
  private interface Call {
    ObjectNode of(String path) throws IOException, InterruptedException;
  }

  private static ObjectNode named(String collection, String name, Call call)
      throws IOException, InterruptedException {
    try {
      return call.of(collection + "/" + name);
    } catch (ApplianceClient.NotFoundException e) {
      String kind = collection.equals(TOKENS) ? "token" : "node";
      throw new CommandException(
          ExitCode.FAILED, "there is no %s %s; see: croft %s list".formatted(kind, name, kind), e);
    }
  }

  static ObjectNode object(String kind) {
    return Json.object()
        .put("apiVersion", FleetKinds.GROUP + "/" + FleetKinds.VERSION)
        .put("kind", kind);
  }

  @Override
  public void close() {
    client.close();
  }
}
