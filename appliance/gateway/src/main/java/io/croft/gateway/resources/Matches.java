package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.croft.gateway.routing.FieldMatch;
import io.croft.gateway.routing.PathMatch;
import io.croft.gateway.routing.RouteMatch;
import java.util.ArrayList;
import java.util.List;

/// Reads the matches of an `HTTPRoute`'s rule.
final class Matches {
  private static final RouteMatch ALL = RouteMatch.path(new PathMatch.Prefix(""));

  /// Larger programs take too long for what every request waits for.
  private static final int MAX_EXPRESSION_CHARS = 1024;

  private static final int MAX_PROGRAM = 10_000;

  private Matches() {}

  /// @param field of the rule, for messages
  static List<RouteMatch> read(JsonNode rule, String field) throws RouteProblem {
    var matches = new ArrayList<RouteMatch>();
    int i = 0;
    for (JsonNode match : rule.path("matches")) {
      String at = field + ".matches[" + i++ + "]";
      matches.add(
          new RouteMatch(
              path(match.path("path"), at + ".path"),
              fields(match.path("headers"), at + ".headers", true),
              fields(match.path("queryParams"), at + ".queryParams", false),
              match.path("method").asText("")));
    }
    return matches.isEmpty() ? List.of(ALL) : matches;
  }

  private static PathMatch path(JsonNode path, String field) throws RouteProblem {
    String value = path.path("value").asText("/");
    String type = path.path("type").asText("PathPrefix");
    if (type.equals("RegularExpression")) {
      return new PathMatch.Expression(expression(value, field + ".value"));
    }
    if (!value.startsWith("/")
        || value.contains("//")
        || value.contains("/./")
        || value.contains("/../")
        || value.endsWith("/.")
        || value.endsWith("/..")
        || value.toLowerCase(java.util.Locale.ROOT).contains("%2f")
        || value.contains("#")) {
      throw new RouteProblem(
          "UnsupportedValue",
          field
              + ".value: \""
              + value
              + "\" is no absolute path without empty, dot or escaped parts");
    }
    return type.equals("Exact") ? new PathMatch.Exact(value) : new PathMatch.Prefix(value);
  }

  private static List<FieldMatch> fields(JsonNode list, String field, boolean headers)
      throws RouteProblem {
    var matches = new ArrayList<FieldMatch>();
    int i = 0;
    for (JsonNode item : list) {
      String name = item.path("name").asText("");
      String value = item.path("value").asText("");
      FieldMatch.Value wanted =
          item.path("type").asText("Exact").equals("RegularExpression")
              ? new FieldMatch.Expression(expression(value, field + "[" + i + "].value"))
              : new FieldMatch.Exact(value);
      matches.add(headers ? FieldMatch.header(name, wanted) : new FieldMatch(name, wanted));
      i++;
    }
    return matches;
  }

  static Pattern expression(String text, String field) throws RouteProblem {
    if (text.length() > MAX_EXPRESSION_CHARS) {
      throw new RouteProblem(
          "UnsupportedValue", field + ": longer than " + MAX_EXPRESSION_CHARS + " characters");
    }
    try {
      Pattern pattern = Pattern.compile(text);
      if (pattern.programSize() > MAX_PROGRAM) {
        throw new RouteProblem("UnsupportedValue", field + ": the expression is too complex");
      }
      return pattern;
    } catch (PatternSyntaxException e) {
      throw new RouteProblem(
          "UnsupportedValue", field + ": no regular expression (RE2): " + e.getDescription());
    }
  }
}
