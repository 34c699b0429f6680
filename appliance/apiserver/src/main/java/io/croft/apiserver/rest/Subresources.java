package io.croft.apiserver.rest;

import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.security.RequestInfo;
import java.time.InstantSource;

/// Subresources that are of another kind than what they belong to.
final class Subresources {
  private final Scales scales;
  private final Bindings bindings;
  private final Evictions evictions;

  Subresources(
      ResourceCatalog catalog,
      ObjectStore store,
      Registry registry,
      Bodies bodies,
      InstantSource clock) {
    this.scales = new Scales(registry, bodies);
    this.bindings = new Bindings(catalog, registry, bodies, clock);
    this.evictions = new Evictions(catalog, store, registry, bodies, clock);
  }

  /// Whether a request is answered here.
  static boolean serves(RequestInfo info) {
    return switch (info.subresource()) {
      case "scale", "binding", "eviction" -> true;
      case "" -> isBinding(info) && info.verb().equals("create");
      default -> false;
    };
  }

  private static boolean isBinding(RequestInfo info) {
    return info.group().isEmpty() && info.plural().equals("bindings");
  }

  HttpResponse handle(
      ResourceType type, HttpRequest request, RequestInfo info, WriteOptions options) {
    return switch (info.subresource()) {
      case "scale" -> scales.handle(type, request, info, options);
      case "eviction" -> evictions.handle(type, request, info, options);
      default -> bindings.handle(request, info, options);
    };
  }
}
