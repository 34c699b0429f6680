package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The JSONPath of printer columns and selectable fields: `.spec.name`, `['key']`, `[0]`, `[*]`,
/// and filters on equality, `[?(@.type=="Ready")]`. Immutable.
public final class JsonPath {
  private static final Pattern STEP =
      Pattern.compile(
          "\\.((?:[^.\\[\\]\\s\\\\]|\\\\.)++)"
              + "|\\[(?:'((?:[^'\\\\]|\\\\.)*+)'|\"((?:[^\"\\\\]|\\\\.)*+)\"|(-?\\d{1,9}:?|\\*))\\]"
              + "|\\[\\?\\(\\s*@((?:\\.[^.\\[\\]\\s=]+)+)\\s*==\\s*(?:'([^']*)'|\"([^\"]*)\")\\s*\\)\\]");

  private static final int MAX_LENGTH = 1024;

  private sealed interface Step {
    record Field(String name) implements Step {}

    record Index(int at) implements Step {}

    record From(int at) implements Step {}

    record Every() implements Step {}

    record Filter(List<String> path, String value) implements Step {}
  }

  /// Leads nowhere.
  public static final JsonPath NOTHING = new JsonPath(List.of(new Step.Index(Integer.MAX_VALUE)));

  private final List<Step> steps;

  private JsonPath(List<Step> steps) {
    this.steps = steps;
  }

  /// @throws IllegalArgumentException when the path uses more than is said above
  public static JsonPath parse(String path) {
    if (path.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("a JSONPath has at most " + MAX_LENGTH + " characters");
    }
    var steps = new ArrayList<Step>();
    Matcher matcher = STEP.matcher(path);
    int at = 0;
    while (at < path.length()) {
      if (!matcher.find(at) || matcher.start() != at) {
        throw new IllegalArgumentException(
            "JSONPath \"" + path + "\" cannot be read from character " + (at + 1) + " on");
      }
      steps.add(step(matcher));
      at = matcher.end();
    }
    return new JsonPath(List.copyOf(steps));
  }

  private static Step step(Matcher m) {
    if (m.group(1) != null) {
      return m.group(1).equals("*") ? new Step.Every() : new Step.Field(unescaped(m.group(1)));
    }
    if (m.group(2) != null || m.group(3) != null) {
      String name = m.group(2) != null ? m.group(2) : m.group(3);
      return new Step.Field(unescaped(name));
    }
    if (m.group(4) != null) {
      return index(m.group(4));
    }
    List<String> path = List.of(m.group(5).substring(1).split("\\."));
    return new Step.Filter(path, m.group(6) != null ? m.group(6) : m.group(7));
  }

  private static String unescaped(String name) {
    return name.replaceAll("\\\\(.)", "$1");
  }

  /// `*`, `2`, `-1` counted from the end, or `-1:`, everything from there on.
  private static Step index(String text) {
    if (text.equals("*")) {
      return new Step.Every();
    }
    boolean open = text.endsWith(":");
    int from = Integer.parseInt(open ? text.substring(0, text.length() - 1) : text);
    return open ? new Step.From(from) : new Step.Index(from);
  }

  /// Everything that the path leads to, in order.
  public List<JsonNode> find(JsonNode root) {
    List<JsonNode> found = List.of(root);
    for (Step step : steps) {
      var next = new ArrayList<JsonNode>();
      for (JsonNode node : found) {
        follow(step, node, next);
      }
      found = next;
    }
    return found;
  }

  private static void follow(Step step, JsonNode node, List<JsonNode> out) {
    switch (step) {
      case Step.Field field -> addPresent(node.get(field.name()), out);
      case Step.Index index -> addPresent(node.get(fromEnd(index.at(), node)), out);
      case Step.From from -> {
        for (int i = Math.max(0, fromEnd(from.at(), node)); i < node.size(); i++) {
          out.add(node.get(i));
        }
      }
      case Step.Every every -> node.forEach(out::add);
      case Step.Filter filter -> {
        for (JsonNode item : node) {
          JsonNode value = item;
          for (String name : filter.path()) {
            value = value.path(name);
          }
          if (value.isValueNode() && value.asText().equals(filter.value())) {
            out.add(item);
          }
        }
      }
    }
  }

  private static int fromEnd(int at, JsonNode array) {
    return at < 0 ? array.size() + at : at;
  }

  private static void addPresent(@Nullable JsonNode node, List<JsonNode> out) {
    if (node != null && !node.isNull()) {
      out.add(node);
    }
  }

  /// The path as names joined by dots.
  ///
  /// @throws IllegalArgumentException when it is made of more than plain fields
  public String dotted() {
    var names = new ArrayList<String>();
    for (Step step : steps) {
      if (!(step instanceof Step.Field field)) {
        throw new IllegalArgumentException("not a path of plain fields");
      }
      names.add(field.name());
    }
    return String.join(".", names);
  }
}
