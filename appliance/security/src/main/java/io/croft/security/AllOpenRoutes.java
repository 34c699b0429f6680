package io.croft.security;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/// Open routes of several owners. Thread-safe.
public final class AllOpenRoutes implements OpenRoutes {
  private final List<OpenRoutes> parts;
  private final Set<String> paths;

  /// @throws IllegalArgumentException when two have the same path
  public AllOpenRoutes(List<OpenRoutes> parts) {
    this.parts = List.copyOf(parts);
    var all = new HashSet<String>();
    for (OpenRoutes part : parts) {
      for (String path : part.paths()) {
        if (!all.add(path)) {
          throw new IllegalArgumentException("two open routes have the path " + path);
        }
      }
    }
    this.paths = Set.copyOf(all);
  }

  @Override
  public Set<String> paths() {
    return paths;
  }

  @Override
  public List<OpenRoutes> parts() {
    return parts;
  }

  @Override
  public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
    for (OpenRoutes part : parts) {
      if (part.paths().contains(request.path())) {
        return part.handle(request, annotations);
      }
    }
    throw new IllegalStateException("no open route has the path " + request.path());
  }
}
