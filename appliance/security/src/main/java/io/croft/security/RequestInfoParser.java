package io.croft.security;

import io.croft.base.http.Query;
import io.croft.model.FieldSelector;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;

/// Reads paths of the form `/{api/VERSION |
/// apis/GROUP/VERSION}[/watch][/namespaces/NS]/PLURAL[/NAME[/SUBRESOURCE]]`, step by step as
/// `RequestInfoFactory` of k8s.io/apiserver does; anything else is no resource.
final class RequestInfoParser {
  /// Legacy verbs that stand in the path of a GET before what they are about.
  private static final Set<String> VERBS_IN_PATH = Set.of("watch", "proxy");

  private static final Set<String> NAMESPACE_SUBRESOURCES = Set.of("status", "finalize");

  private RequestInfoParser() {}

  static RequestInfo parse(String method, String path, Query query) {
    Deque<String> rest = segments(path);
    int prefixLength =
        switch (rest.isEmpty() ? "" : rest.peek()) {
          case "api" -> 2;
          case "apis" -> 3;
          default -> Integer.MAX_VALUE;
        };
    if (rest.size() <= prefixLength) {
      String verb = method.toLowerCase(Locale.ROOT);
      return new RequestInfo(false, verb, "", "", "", "", "", "", path);
    }
    rest.pop();
    String group = prefixLength == 3 ? rest.pop() : "";
    String version = rest.pop();
    boolean verbInPath = method.equals("GET") && VERBS_IN_PATH.contains(rest.element());
    String verb = verbInPath ? rest.pop() : verbOf(method);
    if (rest.isEmpty()) {
      throw new IllegalArgumentException("the path ends after \"" + verb + "\"");
    }
    String namespace = takeNamespace(rest);
    return resource(group, version, verb, namespace, rest, query, path);
  }

  /// Outer slashes do not count; an empty segment between two others does. Strangers get here: no
  /// regular expressions, whose trailing `/+$` would start over at every slash.
  private static Deque<String> segments(String path) {
    int start = 0;
    int end = path.length();
    while (start < end && path.charAt(start) == '/') {
      start++;
    }
    while (end > start && path.charAt(end - 1) == '/') {
      end--;
    }
    return start == end
        ? new ArrayDeque<>()
        : new ArrayDeque<>(Arrays.asList(path.substring(start, end).split("/", -1)));
  }

  private static String verbOf(String method) {
    return switch (method) {
      case "POST" -> "create";
      case "GET", "HEAD" -> "get";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> "delete";
      default -> "";
    };
  }

  /// Takes `namespaces/NS` off `rest` when more follows that is not about the namespace itself.
  private static String takeNamespace(Deque<String> rest) {
    if (!rest.element().equals("namespaces") || rest.size() == 1) {
      return "";
    }
    var parts = rest.iterator();
    parts.next();
    String namespace = parts.next();
    if (parts.hasNext() && !NAMESPACE_SUBRESOURCES.contains(parts.next())) {
      rest.pop();
      rest.pop();
    }
    return namespace;
  }

  private static RequestInfo resource(
      String group,
      String version,
      String verb,
      String namespace,
      Deque<String> rest,
      Query query,
      String path) {
    String plural = rest.pop();
    String name = rest.isEmpty() ? "" : rest.pop();
    String subresource = verb.equals("proxy") ? "" : subresource(rest);
    String actualVerb = verb;
    if (name.isEmpty() && verb.equals("get")) {
      actualVerb = query.flag("watch") ? "watch" : "list";
      name = selectedName(query);
    } else if (name.isEmpty() && verb.equals("delete")) {
      actualVerb = "deletecollection";
    }
    return new RequestInfo(
        true, actualVerb, group, version, namespace, plural, subresource, name, path);
  }

  /// Everything that is left, so that a path which goes on too long names a subresource that nobody
  /// has. Only `proxy` is followed by a path of its own.
  private static String subresource(Deque<String> rest) {
    return "proxy".equals(rest.peek()) ? "proxy" : String.join("/", rest);
  }

  /// A list that selects one name counts as a request for that name, so that a right to the one
  /// object is enough to watch it.
  private static String selectedName(Query query) {
    try {
      return FieldSelector.parse(query.first("fieldSelector").orElse("")).terms().stream()
          .filter(term -> term.field().equals("metadata.name") && !term.negated())
          .map(FieldSelector.Term::value)
          .filter(RequestInfoParser::canBeASegment)
          .findFirst()
          .orElse("");
    } catch (IllegalArgumentException e) {
      return ""; // whoever serves the list will refuse the selector
    }
  }

  private static boolean canBeASegment(String name) {
    return !name.equals(".") && !name.equals("..") && !name.contains("/") && !name.contains("%");
  }
}
