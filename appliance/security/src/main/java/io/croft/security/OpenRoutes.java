package io.croft.security;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
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

  /// @param annotations takes what is to be recorded with the request; bounded
  HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations);
}
