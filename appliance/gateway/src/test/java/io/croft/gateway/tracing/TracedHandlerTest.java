package io.croft.gateway.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S1")
class TracedHandlerTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  private final List<Span> spans = new ArrayList<>();
  private final AtomicReference<Headers> below = new AtomicReference<>();

  private HttpResponse handle(double share, HttpResponse response, String... headers) {
    HttpHandler next =
        request -> {
          below.set(request.headers());
          return response;
        };
    return new TracedHandler(next, spans::add, share, InstantSource.system())
        .handle(request(headers));
  }

  private static HttpRequest request(String... headers) {
    return new HttpRequest(
        "GET",
        "/a",
        Query.parse("token=secret"),
        Headers.of(headers),
        RequestBody.EMPTY,
        new Peer("192.0.2.1", List.of()));
  }

  private static HttpResponse answer(int status) {
    return new HttpResponse.Complete(status, Headers.of("audit-id", "id-1"), new byte[0]);
  }

  @Test
  void goesOnWithATraceThatIsRecorded() {
    handle(
        0,
        answer(200),
        "traceparent",
        "00-" + TRACE + "-" + SPAN + "-01",
        "tracestate",
        "a=b",
        "host",
        "shop.example.org");

    Span span = spans.getFirst();
    assertThat(span.parent()).isEqualTo(SPAN);
    assertThat(span.context().traceId()).isEqualTo(TRACE);
    assertThat(below.get().all("traceparent"))
        .containsExactly("00-" + TRACE + "-" + span.context().spanId() + "-01");
    assertThat(span.context().spanId()).isNotEqualTo(SPAN);
    assertThat(below.get().first("tracestate")).hasValue("a=b");
    assertThat(span.toJson().toString())
        .contains("shop.example.org", "id-1", "/a")
        .doesNotContain("secret", "status\":{");
  }

  @Test
  void recordsNothingOfATraceThatIsNot() {
    handle(1, answer(200), "traceparent", "00-" + TRACE + "-" + SPAN + "-00");

    assertThat(spans).isEmpty();
    assertThat(below.get().first("traceparent").orElseThrow()).matches("00-" + TRACE + "-.{16}-00");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-" + TRACE + "-" + SPAN,
        "00-" + TRACE + "-" + SPAN + "-01-more",
        "ff-" + TRACE + "-" + SPAN + "-01",
        "00-00000000000000000000000000000000-" + SPAN + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + SPAN + "-01"
      })
  void beginsATraceWhereNoneIsGiven(String malformed) {
    handle(1, answer(500), "traceparent", malformed, "tracestate", "a=b");

    Span span = spans.getFirst();
    assertThat(span.parent()).isEmpty();
    assertThat(span.context().traceId()).isNotEqualTo(TRACE);
    assertThat(span.failed()).isTrue();
    assertThat(below.get().first("tracestate")).isEmpty();
    assertThat(below.get().all("traceparent")).containsExactly(span.context().header());
  }

  @Test
  void knowsLaterVersions() {
    handle(1, answer(200), "traceparent", "01-" + TRACE + "-" + SPAN + "-01-more");

    assertThat(spans.getFirst().parent()).isEqualTo(SPAN);
  }

  @Test
  void recordsAShareOfWhatBeginsHere() {
    handle(0, answer(200));

    assertThat(spans).isEmpty();
    assertThat(below.get().first("traceparent").orElseThrow()).endsWith("-00");
  }

  @Test
  void endsWithTheEndOfAStream() {
    var response =
        (HttpResponse.Streaming)
            handle(1, new HttpResponse.Streaming(200, Headers.EMPTY, sink -> sink.flush()));
    assertThat(spans).isEmpty();

    response.abandon();

    assertThat(spans.getFirst().failed()).isTrue();
  }

  @Test
  void recordsWhatFails() {
    var handler =
        new TracedHandler(
            _ -> {
              throw new IllegalStateException("a defect");
            },
            spans::add,
            1,
            InstantSource.system());
    assertThatThrownBy(() -> handler.handle(request())).hasMessage("a defect");

    assertThat(spans.getFirst().failed()).isTrue();
  }
}
