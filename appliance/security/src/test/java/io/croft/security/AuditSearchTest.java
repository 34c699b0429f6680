package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.DataSize;
import io.croft.base.http.Query;
import io.croft.model.Status;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("S11")
class AuditSearchTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path directory;
  private AuditSearch search;

  /// A thousand requests, one per second, in several files.
  @BeforeEach
  void write() throws Exception {
    var config =
        new AuditLog.Config(directory.resolve("audit.log"), new DataSize(100_000), 10, 2_000);
    var log = new AuditLog(config);
    log.init();
    for (int i = 0; i < 1_000; i++) {
      log.accept(event(i));
    }
    log.start();
    log.stop();
    assertThat(directory.resolve("audit.log.3")).exists();
    search = new AuditSearch(config);
  }

  private static AuditEvent event(int i) {
    String verb = i % 2 == 0 ? "get" : "delete";
    var info =
        RequestInfo.parse(
            i % 2 == 0 ? "GET" : "DELETE", "/api/v1/namespaces/shop/pods/pod-" + i, Query.EMPTY);
    Instant at = START.plusSeconds(i);
    return new AuditEvent(
        "id-" + i,
        AuditEvent.Stage.RESPONSE_COMPLETE,
        UserInfo.of(i % 10 == 0 ? "alice" : "bob"),
        null,
        List.of("192.0.2.7"),
        "test",
        "/api/v1/namespaces/shop/pods/pod-" + i,
        info,
        verb,
        new Status(true, 200, "", "", null),
        at,
        at,
        Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "alice, '', '', '', 500, 100",
    "alice, delete, '', '', 500, 0",
    "bob, delete, '', '', 500, 500",
    "'', '', pods, '', 500, 500",
    "'', '', pods, pod-77, 500, 1",
    "'', '', secrets, '', 500, 0",
    "'', '', pods, '', 7, 7",
  })
  void findsByUserVerbAndObject(
      String user, String verb, String resource, String name, int limit, int count) {
    var found = search.find(wanted(user, verb, resource, name, START, Instant.MAX, limit));

    assertThat(found.events()).hasSize(count);
    assertThat(found.events())
        .isSortedAccordingTo((a, b) ->
            b.path("stageTimestamp").asText().compareTo(a.path("stageTimestamp").asText()));
  }

  @Test
  void findsByTime() {
    var found =
        search.find(wanted("", "", "", "", START.plusSeconds(100), START.plusSeconds(110), 500));

    assertThat(found.events()).hasSize(10);
    assertThat(found.complete()).isTrue();
    assertThat(found.events().getFirst().path("auditID").asText()).isEqualTo("id-109");
  }

  @Test
  void saysWhetherThereIsMore() {
    assertThat(search.find(wanted("alice", "", "", "", START, Instant.MAX, 99)).complete())
        .isFalse();
    assertThat(search.find(wanted("alice", "", "", "", START, Instant.MAX, 100)).complete())
        .isTrue();
  }

  @Test
  void boundsAnAnswer() {
    assertThatThrownBy(() -> wanted("", "", "", "", START, Instant.MAX, 501))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static AuditSearch.Wanted wanted(
      String user, String verb, String resource, String name, Instant since, Instant until, int n) {
    return new AuditSearch.Wanted(user, verb, "", resource, "", name, since, until, n);
  }
}
