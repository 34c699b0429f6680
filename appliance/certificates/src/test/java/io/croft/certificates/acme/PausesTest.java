package io.croft.certificates.acme;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PausesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void endsInItsTime() {
    var pauses = new Pauses();
    ApiObject object = ApiObject.of(Json.object()).setUid("1");
    assertThat(pauses.left(object, NOW)).isEmpty();
    assertThat(pauses.begin(object, NOW, Duration.ofHours(1)))
        .isEqualTo(Result.after(Duration.ofHours(1)));
    assertThat(pauses.left(object, NOW.plusSeconds(60)))
        .contains(Result.after(Duration.ofMinutes(59)));
    assertThat(pauses.left(ApiObject.of(Json.object()).setUid("2"), NOW)).isEmpty();
    assertThat(pauses.left(object, NOW.plusSeconds(3600))).isEmpty();
  }

  @Test
  void boundsWhatServersWant() {
    Duration usual = Duration.ofHours(1);
    assertThat(Waits.until(null, NOW, usual)).isEqualTo(usual);
    assertThat(Waits.until(NOW.plusSeconds(90), NOW, usual)).isEqualTo(Duration.ofSeconds(90));
    assertThat(Waits.until(NOW.minusSeconds(90), NOW, usual)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Waits.until(NOW.plus(Duration.ofDays(90)), NOW, usual))
        .isEqualTo(Duration.ofDays(1));
    assertThat(Waits.growing(NOW.minusSeconds(400), NOW, Duration.ofSeconds(10)))
        .isEqualTo(Duration.ofSeconds(100));
    assertThat(Waits.growing(null, NOW, Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(10));
  }
}
