package io.croft.fleet.agent.component;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.base.Sha256;
import io.croft.client.ApiClient;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fetches what components consist of. What is taken from elsewhere than the component itself must
/// have the digest that the component says: who may write a `ConfigMap` must not decide what hosts
/// run. A stage is there as a whole or not at all.
final class Stages {
  private static final List<String> SCRIPTS = List.of("install", "check", "remove");
  private static final Map<String, GroupVersionResource> SOURCES =
      Map.of(
          "ConfigMap", new GroupVersionResource("", "v1", "configmaps"),
          "Secret", new GroupVersionResource("", "v1", "secrets"));

  private final ApiClient client;

  Stages(ApiClient client) {
    this.client = client;
  }

  /// @param directory of the component
  /// @return the name of the stage in it
  String fetch(Assignment told, Path directory) throws IOException, StageException {
    ApiObject component =
        client
            .find(FleetKinds.COMPONENTS, "", told.componentName())
            .orElseThrow(
                () -> new StageException("there is no MachineComponent " + told.componentName()));
    JsonNode spec = component.json().path("spec");
    String name =
        HexFormat.of()
            .formatHex(Sha256.of(Json.canonical(spec).getBytes(StandardCharsets.UTF_8)), 0, 16);
    Path stage = directory.resolve(name);
    if (!Files.isDirectory(stage)) {
      Path partial = directory.resolve("partial");
      delete(partial);
      write(spec, partial);
      Files.move(partial, stage, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.syncDirectory(directory);
    }
    return name;
  }

  private void write(JsonNode spec, Path to) throws IOException, StageException {
    AtomicFiles.ensurePrivateDirectory(to);
    ObjectNode settings = Json.object();
    settings.set("env", spec.path("env").deepCopy());
    for (String name : SCRIPTS) {
      JsonNode script = spec.path(name);
      if (script.isObject()) {
        write(to.resolve(name), content(script, "script", "spec." + name), true);
        ObjectNode limits = ((ObjectNode) script).deepCopy();
        settings.set(name, limits.without(List.of("script", "scriptFrom")));
      }
    }
    Path files = to.resolve(Stage.FILES);
    AtomicFiles.ensurePrivateDirectory(files);
    for (JsonNode file : spec.path("files")) {
      String name = file.path("name").asText();
      byte[] content = content(file, "content", "spec.files[" + name + "]");
      require(content, file.path("sha256").asText(""), "spec.files[" + name + "]");
      write(files.resolve(name), content, file.path("executable").asBoolean());
    }
    AtomicFiles.write(to.resolve(Stage.SETTINGS), Json.bytes(settings), AtomicFiles.SECRET);
  }

  private static void write(Path file, byte[] content, boolean executable) throws IOException {
    AtomicFiles.write(
        file, content, executable ? AtomicFiles.PRIVATE_DIRECTORY : AtomicFiles.SECRET);
  }

  private byte[] content(JsonNode from, String field, String path) throws StageException {
    if (from.has(field)) {
      return from.path(field).asText().getBytes(StandardCharsets.UTF_8);
    }
    JsonNode source = from.path(field + "From");
    String kind = source.path("kind").asText();
    String namespace = source.path("namespace").asText();
    String name = source.path("name").asText();
    String what = "%s %s/%s".formatted(kind, namespace, name);
    GroupVersionResource resource = SOURCES.get(kind);
    if (resource == null) {
      throw new StageException(path + ": a source of the kind " + kind + " is not known");
    }
    ApiObject object =
        client
            .find(resource, namespace, name)
            .orElseThrow(() -> new StageException(path + ": there is no " + what));
    String key = source.path("key").asText();
    byte[] content =
        value(object, kind, key)
            .orElseThrow(() -> new StageException("%s: %s has no %s".formatted(path, what, key)));
    require(content, source.path("sha256").asText(), path + ", " + key + " of " + what);
    return content;
  }

  private static Optional<byte[]> value(ApiObject object, String kind, String key) {
    String text = object.json().path("data").path(key).asText("");
    boolean plain = kind.equals("ConfigMap") && object.json().path("data").has(key);
    if (plain) {
      return Optional.of(text.getBytes(StandardCharsets.UTF_8));
    }
    JsonNode encoded = object.json().path(kind.equals("Secret") ? "data" : "binaryData").path(key);
    return encoded.isTextual()
        ? Optional.of(Base64.getDecoder().decode(encoded.asText()))
        : Optional.empty();
  }

  /// @param wanted empty for anything
  private static void require(byte[] content, String wanted, String path) throws StageException {
    String found = Sha256.hex(content);
    if (!wanted.isEmpty() && !wanted.equals(found)) {
      throw new StageException(
          "%s has the SHA-256 %s, not %s; nothing was run".formatted(path, found, wanted));
    }
  }

  static void delete(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return;
    }
    List<Path> all;
    try (var found = Files.walk(directory)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
