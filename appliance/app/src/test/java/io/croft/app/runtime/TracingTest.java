package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.croft.gateway.tracing.SpanExporter;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S1")
class TracingTest {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String HEADERS = "OTEL_EXPORTER_OTLP_HEADERS";

  @Test
  void nobodyIsSentSpansUnlessToldSo() {
    assertThat(Tracing.config(Optional.empty(), Map.of(ENDPOINT, " ", HEADERS, "a=b"))).isEmpty();
  }

  @Test
  void takesTheEnvironmentsCollectorAndCredentials() {
    var config =
        Tracing.config(
                Optional.empty(), Map.of(ENDPOINT, "http://a:4318", HEADERS, "x-key=a%20b+, y=c"))
            .orElseThrow();
    assertThat(config.endpoint()).isEqualTo(URI.create("http://a:4318"));
    assertThat(config.headers()).isEqualTo(Map.of("x-key", "a b+", "y", "c"));
  }

  @Test
  void whatIsSetComesFirst() {
    var set = Optional.of(SpanExporter.Config.of("https://set/"));
    assertThat(Tracing.config(set, Map.of(ENDPOINT, "http://a:4318", HEADERS, "x=1")))
        .map(SpanExporter.Config::endpoint)
        .contains(URI.create("https://set/"));
  }

  @Test
  void saysWhichVariableIsWrongAndKeepsItsSecret() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tracing.config(Optional.empty(), Map.of(ENDPOINT, "localhost:4317")))
        .withMessageStartingWith(ENDPOINT + ": expected a URL");
    for (String wrong : new String[] {"key", "=secret", "a b=secret", "k=secret%", "k=secret%0d"}) {
      assertThatIllegalArgumentException()
          .as(wrong)
          .isThrownBy(
              () -> Tracing.config(Optional.empty(), Map.of(ENDPOINT, "http://a", HEADERS, wrong)))
          .withMessageStartingWith(HEADERS + ": expected NAME=VALUE")
          .withMessageNotContaining("secret")
          .havingCause()
          .withNoCause();
    }
  }
}
