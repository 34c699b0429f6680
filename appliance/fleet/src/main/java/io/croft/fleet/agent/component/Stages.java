package io.croft.fleet.agent.component;

import static java.util.Objects.requireNonNull;

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
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Fetches what components consist of. What is taken from elsewhere than the component itself must
/// have the digest that the component says: who may write a `ConfigMap` must not decide what hosts
/// run; still less who answers at a URL. A stage is there as a whole or not at all.
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

  /// A script or file that comes from a URL.
  ///
  /// @param path the field
  /// @param file where it belongs
  private record Remote(String path, JsonNode source, Path file, boolean executable) {
    String sha256() {
      return source.path("sha256").asText();
    }
  }

  /// @param directory of the component
  /// @param progress see [Downloads]
  /// @return the name of the stage in it
  String fetch(Assignment told, Path directory, Consumer<String> progress)
      throws IOException, StageException, InterruptedException {
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
      write(spec, partial, new Downloads(directory, progress));
      Files.move(partial, stage, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.syncDirectory(directory);
    }
    return name;
  }

  private void write(JsonNode spec, Path to, Downloads downloads)
      throws IOException, StageException, InterruptedException {
    AtomicFiles.ensurePrivateDirectory(to);
    ObjectNode settings = Json.object();
    settings.set("env", spec.path("env").deepCopy());
    var remote = new ArrayList<Remote>();
    for (String name : SCRIPTS) {
      JsonNode script = spec.path(name);
      if (script.isObject()) {
        String path = "spec." + name;
        if (isRemote(script, "script")) {
          remote.add(new Remote(path, script.path("scriptFrom"), to.resolve(name), true));
        } else {
          write(to.resolve(name), content(script, "script", path), true);
        }
        ObjectNode limits = ((ObjectNode) script).deepCopy();
        settings.set(name, limits.without(List.of("script", "scriptFrom")));
      }
    }
    Path files = to.resolve(Stage.FILES);
    AtomicFiles.ensurePrivateDirectory(files);
    for (JsonNode file : spec.path("files")) {
      String name = file.path("name").asText();
      String path = "spec.files[" + name + "]";
      String wanted = file.path("sha256").asText("");
      boolean executable = file.path("executable").asBoolean();
      if (isRemote(file, "content")) {
        var found = new Remote(path, file.path("contentFrom"), files.resolve(name), executable);
        require(found.sha256(), wanted, path);
        remote.add(found);
      } else {
        byte[] content = content(file, "content", path);
        require(Sha256.hex(content), wanted, path);
        write(files.resolve(name), content, executable);
      }
    }
    settings.set(Stage.FETCHED, fetch(remote, to, downloads));
    AtomicFiles.write(to.resolve(Stage.SETTINGS), Json.bytes(settings), AtomicFiles.SECRET);
  }

  private static boolean isRemote(JsonNode from, String field) {
    return from.path(field + "From").has("url");
  }

  /// They stay among the downloads as well, until the component is ready: a retry makes the stage
  /// anew.
  ///
  /// @return where in the stage they are, by digest
  private static ObjectNode fetch(List<Remote> remote, Path stage, Downloads downloads)
      throws IOException, StageException, InterruptedException {
    downloads.keepOnly(remote.stream().map(Remote::sha256).toList());
    var fetched = new HashMap<String, Path>();
    for (Remote one : remote) {
      String name = one.file().getFileName().toString();
      fetched.put(one.sha256(), downloads.fetch(one.source(), one.path(), name));
    }
    ObjectNode places = Json.object();
    for (Remote one : remote) {
      Path from = requireNonNull(fetched.put(one.sha256(), one.file()));
      if (places.has(one.sha256())) {
        Files.copy(from, one.file());
      } else {
        Files.createLink(one.file(), from);
      }
      Files.setPosixFilePermissions(one.file(), mode(one.executable()));
      try (var channel = FileChannel.open(one.file(), StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      places.put(one.sha256(), stage.relativize(one.file()).toString());
    }
    AtomicFiles.syncDirectory(stage.resolve(Stage.FILES));
    return places;
  }

  private static Set<PosixFilePermission> mode(boolean executable) {
    return executable ? AtomicFiles.PRIVATE_DIRECTORY : AtomicFiles.SECRET;
  }

  private static void write(Path file, byte[] content, boolean executable) throws IOException {
    AtomicFiles.write(file, content, mode(executable));
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
    require(Sha256.hex(content), source.path("sha256").asText(), path + ", " + key + " of " + what);
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
  private static void require(String found, String wanted, String path) throws StageException {
    if (!wanted.isEmpty() && !wanted.equals(found)) {
      throw new StageException(wrong(path, found, wanted));
    }
  }

  static String wrong(String path, String found, String wanted) {
    return "%s has the SHA-256 %s, not %s; nothing was run".formatted(path, found, wanted);
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
