package io.croft.security;

import io.croft.base.http.Query;
import java.util.Set;

/// What a request asks for, read from its method, path and query as kube-apiserver reads them.
///
/// @param resource whether the path names an API resource; otherwise only `verb` (the method in
///   lower case) and `path` carry meaning
/// @param verb get, list, watch, create, update, patch, delete, deletecollection or, for a legacy
///   path, proxy; empty for a method that no resource knows
/// @param group API group; empty for core
/// @param version API version
/// @param namespace empty when cluster-scoped or across namespaces; for a request to a namespace
///   itself its name, so that a right within it covers it
/// @param plural the resource's plural name; empty when `resource` is false
/// @param subresource empty for the resource itself; everything after the name, joined by `/`, so
///   that a path with superfluous segments names no subresource there is (`proxy` apart, whose
///   further path is left out)
/// @param name the object's name; empty when the request is for a collection
/// @param path the decoded path, its segments as the caller sent them
public record RequestInfo(
    boolean resource,
    String verb,
    String group,
    String version,
    String namespace,
    String plural,
    String subresource,
    String name,
    String path) {
  private static final Set<String> LONG_RUNNING =
      Set.of("attach", "exec", "proxy", "log", "portforward");

  /// @param method upper-case HTTP method
  /// @param rawPath the path as received, percent-encoded
  /// @param query the decoded query
  /// @throws IllegalArgumentException when the path cannot be decoded, has a `.` or `..` segment,
  ///   or stops after a legacy `watch` or `proxy`
  public static RequestInfo parse(String method, String rawPath, Query query) {
    return RequestInfoParser.parse(method, PathDecoder.decode(rawPath), query);
  }

  /// Whether answering may take as long as the caller likes, so that no time limit applies.
  public boolean longRunning() {
    return resource
        && (verb.equals("watch") || verb.equals("proxy") || LONG_RUNNING.contains(subresource));
  }
}
