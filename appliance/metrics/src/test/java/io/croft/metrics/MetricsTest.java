package io.croft.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private final Metrics metrics = new Metrics();

  private String text() {
    return new String(metrics.text(), StandardCharsets.UTF_8);
  }

  @Test
  void writesWhatPrometheusReads() {
    var counter = metrics.counter("requests_total", "Requests.", "verb");
    counter.increment("get");
    counter.increment("get");
    counter.increment("li\"st\n");
    metrics.level("open", "Open ones.").add(3);
    metrics
        .distribution("wait_seconds", "Waiting.", new double[] {0.1, 1}, "verb")
        .observe(0.5, "get");
    metrics.value("size_bytes", "Size.", () -> 7);
    metrics.values("up", "Parts.", "part", () -> Map.of("store", 1.0));
    assertThat(text())
        .contains(
            "# TYPE requests_total counter",
            "requests_total{verb=\"get\"} 2.0",
            "requests_total{verb=\"li\\\"st\\n\"} 1.0",
            "# TYPE open gauge",
            "open 3.0",
            "wait_seconds_bucket{verb=\"get\",le=\"0.1\"} 0",
            "wait_seconds_bucket{verb=\"get\",le=\"1.0\"} 1",
            "wait_seconds_bucket{verb=\"get\",le=\"+Inf\"} 1",
            "wait_seconds_count{verb=\"get\"} 1",
            "size_bytes 7.0",
            "up{part=\"store\"} 1.0");
  }

  @Test
  void describesTheProcessOnce() {
    assertThat(text()).contains("jvm_memory_used_bytes", "process_start_time_seconds");
    assertThat(text().lines().filter(line -> line.startsWith("# TYPE process_start_time")))
        .hasSize(1);
  }
}
