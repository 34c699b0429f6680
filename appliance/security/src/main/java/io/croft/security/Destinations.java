package io.croft.security;

import io.croft.base.http.HttpRequest;
import java.util.Optional;

/// What else is served besides the API. Thread-safe; quick, since every request is looked up.
@FunctionalInterface
public interface Destinations {
  /// The API, and nothing else.
  Destinations NONE = _ -> Optional.empty();

  /// Where a request goes; empty when it is for the API.
  Optional<Destination> find(HttpRequest request);
}
