package io.croft.security.issuer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-7")
class SigningKeysTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void publishesAKeyBeforeItSignsAndKeepsTheOneBeforeForAWhile() {
    SigningKeys first = SigningKeys.NONE.rotated(START);
    assertThat(first.keys()).hasSize(1);
    assertThat(first.rotated(START.plus(Duration.ofDays(28)))).isSameAs(first);

    Instant due = START.plus(Duration.ofDays(29)).plusSeconds(1);
    SigningKeys both = first.rotated(due);
    assertThat(both.keys()).hasSize(2);
    assertThat(both.signing(due)).isEqualTo(first.keys().getFirst());

    Instant later = due.plus(Duration.ofDays(1));
    assertThat(both.signing(later)).isEqualTo(both.keys().getLast());
    assertThat(both.rotated(later)).isSameAs(both);

    SigningKeys after = both.rotated(due.plus(Duration.ofDays(2)).plusSeconds(1));
    assertThat(after.keys()).containsExactly(both.keys().getLast());
  }

  @Test
  void survivesBeingStoredAndPublishesNoPrivateHalf() throws Exception {
    SigningKeys keys = SigningKeys.NONE.rotated(START);

    assertThat(SigningKeys.parse(keys.text())).isEqualTo(keys);
    assertThat(keys.published().toString(false)).doesNotContain("\"d\"");
    assertThatThrownBy(() -> SigningKeys.parse(keys.published().toString()))
        .isInstanceOf(ParseException.class);
  }
}
