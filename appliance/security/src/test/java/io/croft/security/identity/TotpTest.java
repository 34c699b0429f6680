package io.croft.security.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("S-5")
class TotpTest {
  /// RFC 6238, appendix B.
  private static final Totp TOTP =
      new Totp("12345678901234567890".getBytes(StandardCharsets.US_ASCII));

  @ParameterizedTest
  @CsvSource({
    "59, 287082",
    "1111111109, 081804",
    "1111111111, 050471",
    "1234567890, 005924",
    "2000000000, 279037",
    "20000000000, 353130"
  })
  void givesTheCodesOfTheStandard(long time, String code) {
    assertThat(TOTP.at(Instant.ofEpochSecond(time))).isEqualTo(code);
  }

  @Test
  void takesTheStepBeforeAndAfterAndNoneTwice() {
    Instant now = Instant.ofEpochSecond(1111111111);
    String before = TOTP.at(now.minusSeconds(30));

    assertThat(TOTP.verify(before, now, 0)).hasValue(1111111111 / 30 - 1);
    assertThat(TOTP.verify(before, now, 1111111111 / 30 - 1)).isEmpty();
    assertThat(TOTP.verify(TOTP.at(now.plusSeconds(30)), now, 0)).isPresent();
    assertThat(TOTP.verify(TOTP.at(now.minusSeconds(60)), now, 0)).isEmpty();
    assertThat(TOTP.verify("", now, 0)).isEmpty();
  }

  @Test
  void survivesBase32() {
    assertThat(TOTP.base32()).isEqualTo("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assertThat(Totp.parse(TOTP.base32()).orElseThrow().secret()).isEqualTo(TOTP.secret());
    assertThat(Totp.parse("no!")).isEmpty();
    assertThat(Totp.parse("")).isEmpty();
  }
}
