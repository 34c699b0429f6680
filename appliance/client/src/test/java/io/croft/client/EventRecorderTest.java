package io.croft.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EventRecorderTest {
  private static final Duration RENEWAL = Duration.ofMinutes(55);

  private final Map<String, ObjectNode> events = new HashMap<>();
  private final List<String> writes = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final EventRecorder recorder =
      new EventRecorder(new ApiClient(this::handle, "test"), "test", () -> now);

  private HttpResponse handle(HttpRequest request) {
    try {
      String path = request.path();
      if (request.method().equals("GET")) {
        ObjectNode found = events.get(path);
        return found == null
            ? answer(404, Statuses.notFound("", "events", "x").status().toJson())
            : answer(200, found);
      }
      writes.add(request.method());
      ObjectNode event = Json.parseObject(request.body().readAll(1 << 20));
      boolean create = request.method().equals("POST");
      events.put(create ? path + "/" + event.at("/metadata/name").asText() : path, event);
      return answer(create ? 201 : 200, event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedJsonException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse answer(int code, ObjectNode body) {
    return HttpResponse.of(code, "application/json", Json.bytes(body));
  }

  private Instant keep() {
    ObjectNode pod = Json.object().put("kind", "Pod").put("namespace", "n").put("name", "p");
    return recorder.keepWarning(pod, "Idle", "nobody runs it", RENEWAL);
  }

  private ObjectNode event() {
    assertThat(events).hasSize(1);
    return events.values().iterator().next();
  }

  @Test
  void renewsAWarningBeforeItIsForgottenAndNoSooner() {
    Instant due = keep();
    assertThat(due).isEqualTo(now.plus(RENEWAL));
    assertThat(event().path("type").asText()).isEqualTo("Warning");
    now = now.plusSeconds(600);
    assertThat(keep()).isEqualTo(due); // as after a restart
    assertThat(writes).containsExactly("POST");
    now = due;
    assertThat(keep()).isEqualTo(now.plus(RENEWAL));
    assertThat(writes).containsExactly("POST", "PUT");
    assertThat(event().path("count").asInt()).isEqualTo(2);
    assertThat(event().path("firstTimestamp").asText()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(event().path("lastTimestamp").asText()).isEqualTo("2026-01-01T00:55:00Z");
  }

  @Test
  void writesAWarningAgainThatIsGone() {
    keep();
    events.clear();
    keep();
    assertThat(writes).containsExactly("POST", "POST");
  }

  @Test
  void doesNotTrustTheTimeOfAnEventFromTomorrow() {
    keep();
    event().put("lastTimestamp", "2030-01-01T00:00:00Z");
    assertThat(keep()).isEqualTo(now.plus(RENEWAL));
    event().put("lastTimestamp", "soon");
    keep();
    assertThat(writes).containsExactly("POST", "PUT");
  }
}
