package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.HeaderEdits;
import io.croft.gateway.routing.PathChange;
import io.croft.gateway.routing.PathMatch;
import io.croft.gateway.routing.RouteMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads the filters of an `HTTPRoute`'s rule. Extensions are not read here.
final class Filters {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final Function<JsonNode, Backend.Target> backends;

  /// @param backends finds what a reference leads to
  Filters(Function<JsonNode, Backend.Target> backends) {
    this.backends = backends;
  }

  /// @param field of the list, for messages
  /// @param matches of the rule
  List<Filter> read(JsonNode list, String field, List<RouteMatch> matches) throws RouteProblem {
    var filters = new ArrayList<Filter>();
    var types = new HashSet<String>();
    int i = 0;
    for (JsonNode filter : list) {
      String at = field + "[" + i++ + "]";
      String type = filter.path("type").asText("");
      if (!types.add(type) && !type.equals("RequestMirror")) {
        throw new RouteProblem("IncompatibleFilters", at + ": a second filter " + type);
      }
      switch (type) {
        case "RequestHeaderModifier" ->
            filters.add(
                new Filter.RequestHeaders(
                    edits(filter.path("requestHeaderModifier"), at + ".requestHeaderModifier")));
        case "ResponseHeaderModifier" ->
            filters.add(
                new Filter.ResponseHeaders(
                    edits(filter.path("responseHeaderModifier"), at + ".responseHeaderModifier")));
        case "RequestRedirect" ->
            filters.add(redirect(filter.path("requestRedirect"), at + ".requestRedirect", matches));
        case "URLRewrite" -> {
          JsonNode rewrite = filter.path("urlRewrite");
          filters.add(
              new Filter.Rewrite(
                  text(rewrite.path("hostname")),
                  path(rewrite.path("path"), at + ".urlRewrite.path", matches)));
        }
        case "RequestMirror" -> filters.add(mirror(filter.path("requestMirror")));
        default -> {} // an extension
      }
    }
    if (types.contains("RequestRedirect") && types.contains("URLRewrite")) {
      throw new RouteProblem(
          "IncompatibleFilters", field + ": a request is either redirected or rewritten");
    }
    return filters;
  }

  private static HeaderEdits edits(JsonNode edits, String field) throws RouteProblem {
    var remove = new HashSet<String>();
    for (JsonNode name : edits.path("remove")) {
      remove.add(name.asText("").toLowerCase(Locale.ROOT));
    }
    return new HeaderEdits(
        fields(edits.path("set"), field + ".set"),
        fields(edits.path("add"), field + ".add"),
        remove);
  }

  private static List<HeaderEdits.Field> fields(JsonNode list, String field) throws RouteProblem {
    var fields = new ArrayList<HeaderEdits.Field>();
    int i = 0;
    for (JsonNode item : list) {
      String value = item.path("value").asText("");
      if (!value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7f))) {
        throw new RouteProblem(
            "UnsupportedValue", field + "[" + i + "].value: not printable ASCII");
      }
      fields.add(
          new HeaderEdits.Field(item.path("name").asText("").toLowerCase(Locale.ROOT), value));
      i++;
    }
    return fields;
  }

  private static Filter redirect(JsonNode redirect, String field, List<RouteMatch> matches)
      throws RouteProblem {
    int status = redirect.path("statusCode").asInt(302);
    if (!REDIRECTS.contains(status)) {
      throw new RouteProblem(
          "UnsupportedValue",
          field + ".statusCode: " + status + " is none of 301, 302, 303, 307, 308");
    }
    return new Filter.Redirect(
        text(redirect.path("scheme")),
        text(redirect.path("hostname")),
        path(redirect.path("path"), field + ".path", matches),
        redirect.path("port").asInt(0),
        status);
  }

  private static @Nullable PathChange path(JsonNode path, String field, List<RouteMatch> matches)
      throws RouteProblem {
    boolean full = path.path("type").asText("").equals("ReplaceFullPath");
    String value = path.path(full ? "replaceFullPath" : "replacePrefixMatch").asText("");
    if (!path.isObject()) {
      return null;
    }
    if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#' && c != '?')) {
      throw new RouteProblem("UnsupportedValue", field + ": characters must be percent-encoded");
    }
    if (full) {
      return new PathChange.Full(value.startsWith("/") ? value : "/" + value);
    }
    if (!matches.stream().allMatch(m -> m.path() instanceof PathMatch.Prefix)) {
      throw new RouteProblem(
          "UnsupportedValue", field + ": ReplacePrefixMatch needs matches of the type PathPrefix");
    }
    return new PathChange.Prefix(value.isEmpty() || value.startsWith("/") ? value : "/" + value);
  }

  private Filter mirror(JsonNode mirror) {
    double share = 1;
    if (mirror.has("percent")) {
      share = mirror.path("percent").asInt() / 100.0;
    } else if (mirror.has("fraction")) {
      JsonNode fraction = mirror.path("fraction");
      share = fraction.path("numerator").asDouble() / fraction.path("denominator").asDouble(100);
    }
    return new Filter.Mirror(
        new Backend(1, List.of(), backends.apply(mirror.path("backendRef"))), share);
  }

  private static @Nullable String text(JsonNode node) {
    String text = node.asText("");
    return text.isEmpty() ? null : text;
  }
}
