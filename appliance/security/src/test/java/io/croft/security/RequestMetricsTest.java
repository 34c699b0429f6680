package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Query;
import io.croft.metrics.Metrics;
import io.croft.model.Status;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestMetricsTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final Metrics metrics = new Metrics();
  private final List<AuditEvent> passedOn = new ArrayList<>();
  private final RequestMetrics requests = new RequestMetrics(metrics, passedOn::add);

  private void accept(String method, String path, AuditEvent.Stage stage, int code) {
    int query = path.indexOf('?');
    RequestInfo info =
        RequestInfo.parse(
            method,
            query < 0 ? path : path.substring(0, query),
            Query.parse(query < 0 ? "" : path.substring(query + 1)));
    requests.accept(
        new AuditEvent(
            "id",
            stage,
            null,
            null,
            List.of(),
            "",
            path,
            info,
            info.verb(),
            new Status(code < 400, code, "", "", null),
            NOON,
            NOON.plusMillis(20),
            Map.of()));
  }

  private String text() {
    return new String(metrics.text(), StandardCharsets.UTF_8);
  }

  @Test
  void countsAndTimesRequestsAsKubeApiserverNamesThem() {
    accept("POST", "/api/v1/namespaces/a/pods", AuditEvent.Stage.RESPONSE_COMPLETE, 201);
    accept("POST", "/api/v1/namespaces/b/pods", AuditEvent.Stage.RESPONSE_COMPLETE, 201);
    accept("GET", "/apis/apps/v1/deployments", AuditEvent.Stage.RESPONSE_COMPLETE, 200);
    assertThat(text())
        .contains(
            "apiserver_request_total{code=\"201\",group=\"\",resource=\"pods\",subresource=\"\",verb=\"POST\",version=\"v1\"}"
                + " 2.0",
            "apiserver_request_total{code=\"200\",group=\"apps\",resource=\"deployments\",subresource=\"\",verb=\"LIST\",version=\"v1\"}"
                + " 1.0",
            "apiserver_request_duration_seconds_bucket{group=\"\",resource=\"pods\",subresource=\"\",verb=\"POST\",version=\"v1\",le=\"0.01\"}"
                + " 0",
            "apiserver_request_duration_seconds_bucket{group=\"\",resource=\"pods\",subresource=\"\",verb=\"POST\",version=\"v1\",le=\"0.025\"}"
                + " 2");
    assertThat(passedOn).hasSize(3);
  }

  @Test
  void countsWatchesOnceAndTimesThemNot() {
    String watch = "/api/v1/pods?watch=1";
    accept("GET", watch, AuditEvent.Stage.RESPONSE_STARTED, 200);
    assertThat(text()).doesNotContain("WATCH");
    accept("GET", watch, AuditEvent.Stage.RESPONSE_COMPLETE, 200);
    assertThat(text())
        .contains("verb=\"WATCH\",version=\"v1\"} 1.0")
        .doesNotContain("duration_seconds_count{");
  }

  @Test
  void hasNoLabelsOfWhatClientsMakeUp() {
    accept("GET", "/apis/made.up/v1/things", AuditEvent.Stage.RESPONSE_COMPLETE, 404);
    accept("GET", "/apis/made.up/v2/others", AuditEvent.Stage.RESPONSE_COMPLETE, 403);
    accept("BREW", "/api/v1/pots", AuditEvent.Stage.RESPONSE_COMPLETE, 405);
    accept("GET", "/apis/made.up/v3/more", AuditEvent.Stage.RESPONSE_COMPLETE, 429);
    accept("GET", "/apis/made.up/v4/most", AuditEvent.Stage.RESPONSE_COMPLETE, 503);
    accept("GET", "/made/up", AuditEvent.Stage.RESPONSE_COMPLETE, 200);
    assertThat(text()).doesNotContain("made", "things", "others", "more", "most", "brew", "BREW");
  }
}
