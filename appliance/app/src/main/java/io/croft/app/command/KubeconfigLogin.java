package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.model.Json;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts a login into a kubeconfig, beside what else is there. Comments do not survive, as with
/// `kubectl config`.
///
/// @param file need not exist
record KubeconfigLogin(Path file) {
  /// The file that kubectl takes.
  static Path file(@Nullable Path option, Map<String, String> environment) {
    if (option != null) {
      return option.toAbsolutePath();
    }
    String variable = environment.getOrDefault("KUBECONFIG", "");
    if (!variable.isEmpty()) {
      return Path.of(variable.split(File.pathSeparator, 2)[0]).toAbsolutePath();
    }
    String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
    return Path.of(home, ".kube", "config");
  }

  void write(ServerOption.Server server) throws IOException {
    ObjectNode config = read();
    String name = "croft-" + URI.create(server.url()).getAuthority().replace(':', '-');
    ObjectNode cluster = Json.object().put("server", server.url());
    if (!server.authorities().isEmpty()) {
      byte[] pem = server.authorities().getBytes(StandardCharsets.UTF_8);
      cluster.put("certificate-authority-data", Base64.getEncoder().encodeToString(pem));
    }
    put(config, "clusters", name, "cluster", cluster);
    ObjectNode exec =
        Json.object()
            .put("apiVersion", "client.authentication.k8s.io/v1")
            .put("command", "croft")
            .put("installHint", "croft must be on the PATH")
            .put("interactiveMode", "Never");
    exec.putArray("args").add("token").add("--server").add(server.url());
    ObjectNode user = Json.object();
    user.set("exec", exec);
    put(config, "users", name, "user", user);
    put(config, "contexts", name, "context", Json.object().put("cluster", name).put("user", name));
    config.put("current-context", name);
    Path parent = file.getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      AtomicFiles.ensurePrivateDirectory(parent);
    }
    AtomicFiles.write(file, Json.text(config) + "\n", AtomicFiles.SECRET);
  }

  private ObjectNode read() throws IOException {
    ObjectNode fresh = Json.object().put("apiVersion", "v1").put("kind", "Config");
    if (!Files.exists(file) || Files.size(file) == 0) {
      return fresh;
    }
    try {
      if (Yaml.parse(Files.readAllBytes(file)) instanceof ObjectNode config) {
        return config;
      }
    } catch (MalformedYamlException e) {
      throw new IOException(file + " cannot be read: " + e.getMessage());
    }
    throw new IOException(file + " is no kubeconfig");
  }

  private static void put(
      ObjectNode config, String list, String name, String field, ObjectNode value) {
    ArrayNode entries =
        config.path(list) instanceof ArrayNode present ? present : config.putArray(list);
    for (JsonNode entry : entries) {
      if (entry instanceof ObjectNode object && object.path("name").asText("").equals(name)) {
        object.set(field, value);
        return;
      }
    }
    entries.addObject().put("name", name).set(field, value);
  }
}
