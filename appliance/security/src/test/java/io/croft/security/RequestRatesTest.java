package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestRatesTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final RequestRates rates = new RequestRates(10, 20, now::get);

  @Test
  void letsTwiceTheRateComeAtOnceAndThenTheRate() {
    UserInfo alice = UserInfo.of("alice");
    assertThat(admitted(() -> rates.admit(alice), 100)).isEqualTo(20);
    now.addAndGet(Duration.ofMillis(500).toNanos());
    assertThat(admitted(() -> rates.admit(alice), 100)).isEqualTo(5);
    now.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(admitted(() -> rates.admit(alice), 100)).isEqualTo(20);
    assertThat(admitted(() -> rates.admit(UserInfo.of("bob")), 100)).isEqualTo(20);
  }

  @Test
  void saysWhenToComeAgain() {
    assertThat(admitted(() -> rates.admit("192.0.2.7"), 40)).isEqualTo(40);
    assertThatThrownBy(() -> rates.admit("192.0.2.7"))
        .isInstanceOfSatisfying(
            StatusException.class,
            e -> {
              assertThat(e.status().code()).isEqualTo(429);
              assertThat(e.status().details())
                  .extracting(StatusDetails::retryAfterSeconds)
                  .isEqualTo(1);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "in-process", ""})
  void countsNobodyOnThisMachineByAddress(String address) {
    assertThatCode(() -> admitted(() -> rates.admit(address), 1_000)).doesNotThrowAnyException();
    assertThat(RequestRates.network(address)).isEmpty();
  }

  @Test
  void countsANetworkOfIpv6AsOneAddress() {
    assertThat(RequestRates.network("2001:db8:0:1::1"))
        .isEqualTo(RequestRates.network("2001:db8:0:1:ffff::2"))
        .isNotEqualTo(RequestRates.network("2001:db8:0:2::1"));
  }

  @Test
  void countsNoAdministrators() {
    UserInfo admin = UserInfo.of("admin", UserInfo.MASTERS);
    assertThat(admitted(() -> rates.admit(admin), 1_000)).isEqualTo(1_000);
  }

  @Test
  void keepsABoundedNumberOfBuckets() {
    var buckets = new TokenBuckets(1, 100, now::get);
    for (int i = 0; i < 10_000; i++) {
      assertThat(buckets.take("key-" + i)).isZero();
    }
    assertThat(buckets.size()).isEqualTo(100);
  }

  @Test
  void isKeptByTheChain() {
    List<AuditEvent> events = new ArrayList<>();
    var chain =
        new RequestChain(
            _ -> new Authenticator.Outcome.Authenticated(UserInfo.of("alice")),
            _ -> Decision.allow("test"),
            events::add,
            AuditPolicy.USUAL,
            (_, _) -> HttpResponse.of(200, "text/plain", new byte[0]),
            Destinations.NONE,
            OpenRoutes.NONE,
            rates,
            new OpenAnswers(),
            InstantSource.system());
    var request =
        new HttpRequest(
            "GET",
            "/version",
            Query.EMPTY,
            Headers.EMPTY,
            RequestBody.EMPTY,
            new Peer("192.0.2.7", List.of()));
    List<HttpResponse> answers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      answers.add(chain.handle(request));
    }

    assertThat(answers).filteredOn(a -> a.status() == 200).hasSize(20);
    assertThat(answers.getLast().headers().first("retry-after")).contains("1");
    // Those of an address are not recorded one by one, or the record would be what is flooded.
    assertThat(events).hasSize(40);
    assertThat(events.get(25).user()).isEqualTo(UserInfo.of("alice"));
  }

  private static int admitted(Runnable attempt, int attempts) {
    int admitted = 0;
    for (int i = 0; i < attempts; i++) {
      try {
        attempt.run();
        admitted++;
      } catch (StatusException e) {
        assertThat(e.status().code()).isEqualTo(429);
      }
    }
    return admitted;
  }
}
