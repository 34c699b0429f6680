package io.croft.app.runtime;

import io.croft.gateway.tracing.SpanExporter;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Which collector is sent spans: the one that is set, else the one that OpenTelemetry's programs
/// are told of by the environment, which alone has the credentials for it.
final class Tracing {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";

  private Tracing() {}

  /// @throws IllegalArgumentException when a variable is not as it should be, with its name
  static Optional<SpanExporter.Config> config(
      Optional<SpanExporter.Config> set, Map<String, String> environment) {
    String endpoint = environment.getOrDefault(ENDPOINT, "");
    return set.or(() ->
            endpoint.isBlank()
                ? Optional.empty()
                : Optional.of(read(ENDPOINT, () -> SpanExporter.Config.of(endpoint.strip()))))
        .map(config ->
            read(HEADERS, () -> config.withHeaders(environment.getOrDefault(HEADERS, ""))));
  }

  private static SpanExporter.Config read(String variable, Supplier<SpanExporter.Config> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(variable + ": " + e.getMessage(), e);
    }
  }
}
