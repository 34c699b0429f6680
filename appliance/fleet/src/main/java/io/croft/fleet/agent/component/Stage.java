package io.croft.fleet.agent.component;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A directory with all that the scripts of one version need, and from which they run.
///
/// @param directory `DIRECTORY/files` has the component's files, beside it are scripts and settings
record Stage(Path directory, ObjectNode settings) {
  static final String SETTINGS = "component.json";
  static final String FILES = "files";

  /// In the settings: where in the stage what came from URLs is, by its digest.
  static final String FETCHED = "fetched";

  /// Of the agent, not of its environment: scripts must not depend on how it was started.
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  static Stage open(Path directory) throws IOException {
    try {
      return new Stage(
          directory, Json.parseObject(Files.readAllBytes(directory.resolve(SETTINGS))));
    } catch (MalformedJsonException e) {
      throw new IOException(directory + " is damaged: " + e.getMessage(), e);
    }
  }

  /// @param name `install`, `check` or `remove`; empty when the component has none of that
  Optional<Path> script(String name) {
    return Optional.of(directory.resolve(name)).filter(Files::exists);
  }

  Path workingDirectory() {
    return directory.resolve(FILES);
  }

  Duration timeout(String script) {
    return Duration.ofSeconds(settings.path(script).path("timeoutSeconds").asLong(600));
  }

  Duration checkPeriod() {
    return Duration.ofSeconds(settings.path("check").path("periodSeconds").asLong(60));
  }

  /// All that a script finds.
  Map<String, String> environment(String node, InstalledComponent installed) {
    var environment = new HashMap<String, String>();
    environment.put("PATH", PATH);
    environment.put("LANG", "C.UTF-8");
    environment.put("HOME", directory.toString());
    for (JsonNode variable : settings.path("env")) {
      environment.put(variable.path("name").asText(), variable.path("value").asText());
    }
    environment.put("CROFT_NODE", node);
    environment.put("CROFT_COMPONENT", installed.component());
    environment.put("CROFT_VERSION", installed.version());
    environment.put("CROFT_PREVIOUS_VERSION", installed.previous());
    return Map.copyOf(environment);
  }
}
