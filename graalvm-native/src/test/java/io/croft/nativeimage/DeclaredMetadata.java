package io.croft.nativeimage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What the class path tells the image builder in `META-INF/native-image`: our own files, and those
/// that libraries bring, in today's form (`reachability-metadata.json`) and in the one before.
final class DeclaredMetadata {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Type> types = new HashMap<>();
  private final Set<List<String>> proxies = new HashSet<>();
  private final List<PathMatcher> globs = new ArrayList<>();
  private final List<Pattern> patterns = new ArrayList<>();

  /// What may be done with a class that can be looked up.
  private static final class Type {
    final Set<String> members = new HashSet<>();
    boolean allMethods;
    boolean allConstructors;
    boolean allFields;
  }

  /// Reads the directories and jars of a class path.
  static DeclaredMetadata of(List<Path> classPath) throws IOException {
    var metadata = new DeclaredMetadata();
    for (Path entry : classPath) {
      if (Files.isDirectory(entry)) {
        metadata.readAll(entry.resolve("META-INF/native-image"));
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(entry)) {
          metadata.readAll(jar.getPath("META-INF/native-image"));
        }
      }
    }
    return metadata;
  }

  private void readAll(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files.filter(Files::isRegularFile).forEach(this::read);
    }
  }

  private void read(Path file) {
    try {
      switch (String.valueOf(file.getFileName())) {
        case "reachability-metadata.json" -> {
          JsonNode metadata = parse(file);
          metadata.path("reflection").forEach(this::addType);
          metadata.path("resources").forEach(this::addResource);
        }
        case "reflect-config.json" -> parse(file).forEach(this::addType);
        case "resource-config.json" ->
            parse(file)
                .at("/resources/includes")
                .forEach(
                    resource -> patterns.add(Pattern.compile(resource.path("pattern").asText())));
        default -> {
          // Options of the build, and kinds of metadata that no test asks for.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static JsonNode parse(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return JSON.readTree(in);
    }
  }

  private void addResource(JsonNode resource) {
    globs.add(FileSystems.getDefault().getPathMatcher("glob:" + resource.path("glob").asText()));
  }

  private void addType(JsonNode entry) {
    JsonNode name = entry.has("type") ? entry.path("type") : entry.path("name");
    if (name.isObject()) {
      List<String> interfaces = new ArrayList<>();
      name.path("proxy").forEach(one -> interfaces.add(one.asText()));
      proxies.add(interfaces);
      return;
    }
    Type type = types.computeIfAbsent(name.asText(), _ -> new Type());
    type.allMethods |= entry.path("allDeclaredMethods").asBoolean();
    type.allConstructors |= entry.path("allDeclaredConstructors").asBoolean();
    type.allFields |= entry.path("allDeclaredFields").asBoolean();
    for (JsonNode method : entry.path("methods")) {
      List<String> parameters = new ArrayList<>();
      method.path("parameterTypes").forEach(one -> parameters.add(one.asText()));
      type.members.add(Lookup.signature(method.path("name").asText(), parameters));
    }
    entry.path("fields").forEach(field -> type.members.add(field.path("name").asText()));
  }

  /// Whether the image would find what was looked up. A class that is declared shows its members;
  /// to call or read one, it must be declared itself.
  boolean has(Lookup lookup) {
    return switch (lookup.kind()) {
      case TYPE, METHOD, METHODS, CONSTRUCTOR, CONSTRUCTORS, FIELDS ->
          types.containsKey(lookup.subject());
      case FIELD -> has(lookup, type -> type.allFields);
      case CALL ->
          has(
              lookup,
              type ->
                  lookup.member().startsWith("<init>") ? type.allConstructors : type.allMethods);
      case RESOURCE -> hasResource(lookup.subject());
      case PROXY -> proxies.contains(List.of(lookup.subject().split(",")));
    };
  }

  private boolean has(Lookup lookup, Predicate<Type> all) {
    Type type = types.get(lookup.subject());
    return type != null && (all.test(type) || type.members.contains(lookup.member()));
  }

  /// Whether a file of the class path is in the image.
  boolean hasResource(String name) {
    return globs.stream().anyMatch(glob -> glob.matches(Path.of(name)))
        || patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }
}
