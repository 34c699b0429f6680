package io.croft.security;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/// The only paths that are answered without credentials: a short list, compared letter by letter.
/// Requests for them are recorded as all others are. Thread-safe.
public interface OpenRoutes {
  /// There are none.
  OpenRoutes NONE =
      new OpenRoutes() {
        @Override
        public Set<String> paths() {
          return Set.of();
        }

        @Override
        public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
          throw new IllegalStateException("there are no open routes");
        }
      };

  Set<String> paths();

  /// These and others, which have other paths.
  default OpenRoutes and(OpenRoutes others) {
    var all = new HashSet<>(paths());
    all.addAll(others.paths());
    Set<String> paths = Set.copyOf(all);
    return new OpenRoutes() {
      @Override
      public Set<String> paths() {
        return paths;
      }

      @Override
      public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
        OpenRoutes responsible =
            OpenRoutes.this.paths().contains(request.path()) ? OpenRoutes.this : others;
        return responsible.handle(request, annotations);
      }
    };
  }

  /// @param annotations takes what is to be recorded with the request; bounded
  HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations);
}
