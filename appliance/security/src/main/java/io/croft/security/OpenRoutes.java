package io.croft.security;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import java.util.List;
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

  /// Those of which each has places of its own: a crowd at one does not keep others from another.
  default List<OpenRoutes> parts() {
    return List.of(this);
  }

  /// @param annotations takes what is to be recorded with the request; bounded
  HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations);
}
