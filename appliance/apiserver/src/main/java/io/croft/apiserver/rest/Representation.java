package io.croft.apiserver.rest;

import io.croft.base.http.Headers;
import io.croft.model.Statuses;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The form in which a client wants objects, negotiated by the `Accept` header. All forms are JSON.
public enum Representation {
  /// The objects themselves.
  OBJECT,
  /// `meta.k8s.io/v1` `Table`: what `kubectl get` prints.
  TABLE,
  /// `meta.k8s.io/v1` `PartialObjectMetadata`: only the metadata.
  METADATA;

  private static final List<String> OFFERED = List.of("application/json");

  /// The first form that the client accepts and this server has, in the client's order.
  ///
  /// @throws io.croft.model.StatusException 406 when there is none
  public static Representation negotiate(Headers headers) {
    String accept = String.join(",", headers.all("accept"));
    if (accept.isBlank()) {
      return OBJECT;
    }
    for (String clause : accept.split(",")) {
      Map<String, String> parts = parts(clause);
      String type = parts.get("");
      if (type == null || !List.of("application/json", "application/*", "*/*").contains(type)) {
        continue;
      }
      String as = parts.getOrDefault("as", "");
      if (as.isEmpty()) {
        return OBJECT;
      }
      boolean ours = parts.getOrDefault("g", "").equals("meta.k8s.io");
      boolean known = parts.getOrDefault("v", "").equals("v1");
      if (ours && known && as.equals("Table")) {
        return TABLE;
      }
      if (ours && known && as.startsWith("PartialObjectMetadata")) {
        return METADATA;
      }
    }
    throw Statuses.notAcceptable(OFFERED);
  }

  /// The media type under "", the parameters under their names, all in lower case but values.
  public static Map<String, String> parts(String clause) {
    var parts = new HashMap<String, String>();
    for (String piece : clause.split(";")) {
      int equals = piece.indexOf('=');
      if (equals < 0) {
        parts.putIfAbsent("", piece.strip().toLowerCase(Locale.ROOT));
      } else {
        parts.put(
            piece.substring(0, equals).strip().toLowerCase(Locale.ROOT),
            piece.substring(equals + 1).strip());
      }
    }
    return parts;
  }
}
