package io.croft.security.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.model.Json;
import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.LoginUser;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-7")
class SessionTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final LoggedIn ALICE =
      new LoggedIn(new LoginUser("", "alice", "1", "", "", List.of()), "alice", true, "proof");

  private final Session session = Session.create(ALICE, START);

  @Test
  void eachRefreshTokenIsGoodUntilTheNextAndALittleLonger() {
    String first = session.firstToken(START);
    assertThat(session.accepts(first, START)).isTrue();

    Instant then = START.plusSeconds(600);
    String second = session.rotate(first, then);
    assertThat(session.accepts(second, then)).isTrue();
    assertThat(session.accepts(first, then.plusSeconds(9))).isTrue();
    assertThat(session.accepts(first, then.plusSeconds(10))).isFalse();
    assertThat(session.hasIssued(first)).isTrue();
  }

  @Test
  void nobodyMakesUpATokenOfASession() {
    String first = session.firstToken(START);
    String other = Session.create(ALICE, START).firstToken(START);
    String mixed = session.id() + other.substring(other.indexOf('.'));

    assertThat(first).startsWith(session.id() + ".");
    assertThat(session.hasIssued(mixed)).isFalse();
    assertThat(session.accepts(mixed, START)).isFalse();
  }

  @Test
  void endsAfterADayUnusedAndAfterAWeekAnyhow() {
    String token = session.firstToken(START);
    assertThat(session.hasEnded(START.plus(Session.IDLE).minusSeconds(1))).isFalse();
    assertThat(session.hasEnded(START.plus(Session.IDLE))).isTrue();
    Instant late = START.plus(Session.LIFE).minusSeconds(1);
    session.rotate(token, late);
    assertThat(session.hasEnded(late)).isFalse();
    assertThat(session.hasEnded(late.plusSeconds(1))).isTrue();
  }

  @Test
  void keepsNoToken() {
    String token = session.firstToken(START);
    String stored = Json.text(session.secret().object().json());

    for (String part : token.substring(token.indexOf('.') + 1).split("\\.")) {
      assertThat(stored).doesNotContain(part);
    }
  }
}
