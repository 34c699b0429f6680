package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/// What is made for whom, and how it is named.
final class Owners {
  private static final int MAX_PREFIX = 52;

  private Owners() {}

  static OwnerReference controller(ApiObject owner) {
    return new OwnerReference(
        owner.apiVersion(), owner.kind(), owner.name(), owner.uid(), true, true);
  }

  static boolean controls(ApiObject owner, ApiObject object) {
    return object.ownerReferences().stream()
        .anyMatch(o -> o.controller() && o.uid().equals(owner.uid()));
  }

  /// The owners of a kind, as requests to look at them.
  static List<Request> of(ApiObject object, String kind) {
    return object.ownerReferences().stream()
        .filter(o -> o.controller() && o.kind().equals(kind))
        .map(o -> new Request(object.namespace(), o.name()))
        .toList();
  }

  /// A name of at most 63 characters that tells apart what is made for different contents, and is
  /// the same each time.
  static String name(String prefix, JsonNode content) {
    var digest = new CRC32();
    digest.update(Json.canonical(content).getBytes(StandardCharsets.UTF_8));
    digest.update(prefix.getBytes(StandardCharsets.UTF_8));
    String start = prefix.substring(0, Math.min(MAX_PREFIX, prefix.length()));
    return start.replaceAll("[^a-zA-Z0-9]+$", "") + "-" + digest.getValue();
  }
}
