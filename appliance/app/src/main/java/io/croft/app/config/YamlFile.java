package io.croft.app.config;

import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Reads `config.yaml` into flat keys, each value with the line it stands on.
///
/// `gateway: {idle-timeout: 5m}` becomes `croft.gateway.idle-timeout`; a list of scalars becomes
/// its elements joined by commas. What the keys mean is not known here.
public final class YamlFile {
  private static final int MAX_CODE_POINTS = 1 << 20;

  /// Deeper than any setting; also ends the walk through an alias that holds itself.
  private static final int MAX_DEPTH = 8;

  private final Path file;
  private final Map<String, Given> values = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  private YamlFile(Path file) {
    this.file = file;
  }

  /// @return key → value, in the file's order
  /// @throws ConfigurationException when the file is not YAML, or not a mapping of scalars and
  ///   lists of scalars; names every such place
  /// @throws IOException when it cannot be read
  public static Map<String, Given> read(Path file) throws IOException {
    var reader = new YamlFile(file);
    reader.root().ifPresent(node -> reader.mapping("croft", node, 0));
    if (!reader.problems.isEmpty()) {
      throw new ConfigurationException(reader.problems);
    }
    return reader.values;
  }

  private Optional<Node> root() throws IOException {
    var settings =
        LoadSettings.builder()
            .setLabel(file.toString())
            .setCodePointLimit(MAX_CODE_POINTS)
            .setAllowNonScalarKeys(true) // refused below, with the line
            .build();
    try {
      return new Compose(settings).composeString(Files.readString(file));
    } catch (CharacterCodingException e) {
      problems.add(file + ": is not UTF-8 text");
    } catch (MarkedYamlEngineException e) {
      problems.add(at(e.getProblemMark()) + ": " + e.getProblem());
    } catch (YamlEngineException e) {
      problems.add(file + ": " + e.getMessage());
    }
    return Optional.empty();
  }

  private void node(String key, Node node, int depth) {
    switch (node) {
      case MappingNode mapping -> mapping(key, mapping, depth);
      case SequenceNode list -> put(key, list, joined(key, list));
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> {} // `key:` sets nothing
      case ScalarNode scalar -> put(key, scalar, scalar.getValue());
      default -> problem(node, key, "is neither a value, a list nor a mapping");
    }
  }

  private void mapping(String key, Node node, int depth) {
    if (!(node instanceof MappingNode mapping)) {
      problem(node, key, "must be a mapping of settings, for example `listen: 0.0.0.0:8443`");
      return;
    }
    if (depth == MAX_DEPTH) {
      problem(node, key, "is nested deeper than " + MAX_DEPTH + " levels");
      return;
    }
    for (NodeTuple entry : mapping.getValue()) {
      if (entry.getKeyNode() instanceof ScalarNode name) {
        node(key + "." + name.getValue(), entry.getValueNode(), depth + 1);
      } else {
        problem(entry.getKeyNode(), key, "has a key that is not a plain name");
      }
    }
  }

  private String joined(String key, SequenceNode list) {
    var elements = new ArrayList<String>();
    for (Node element : list.getValue()) {
      if (element instanceof ScalarNode scalar) {
        elements.add(scalar.getValue());
      } else {
        problem(element, key, "may list plain values only");
      }
    }
    return String.join(",", elements);
  }

  private void put(String key, Node node, String value) {
    var origin = new Origin.Line(file, line(node.getStartMark()));
    Given earlier = values.putIfAbsent(key, new Given(value, origin));
    if (earlier != null) {
      problem(node, key, "is already set at " + earlier.origin());
    }
  }

  private void problem(Node node, String key, String text) {
    problems.add(at(node.getStartMark()) + ": " + key + " " + text);
  }

  private String at(Optional<Mark> mark) {
    return file + ":" + line(mark);
  }

  private static int line(Optional<Mark> mark) {
    return mark.map(m -> m.getLine() + 1).orElse(1);
  }
}
