package io.croft.fleet.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JoinTokenTest {
  private final JoinToken token =
      JoinToken.create(Role.AGENT, Instant.parse("2030-01-02T03:04:05Z"), "ab".repeat(32));

  @Test
  void isReadAsItWasWritten() throws Exception {
    assertThat(JoinToken.parse(token.text())).isEqualTo(token);
    assertThat(JoinToken.parse("  " + token.text().toUpperCase(Locale.ROOT) + "\n"))
        .isEqualTo(token);
  }

  @Test
  void isOneWordWithoutAnythingThatShellsRead() {
    assertThat(token.text()).matches("[a-z0-9.]+");
  }

  @Test
  void everyChangedLetterIsNoticed() {
    String text = token.text();
    for (int i = 0; i < text.length(); i++) {
      char other = text.charAt(i) == '0' ? '1' : '0';
      String changed = text.substring(0, i) + other + text.substring(i + 1);
      assertThatThrownBy(() -> JoinToken.parse(changed))
          .isInstanceOf(MalformedTokenException.class);
    }
  }

  @Test
  void aTokenThatIsCutOffSaysSo() {
    String text = token.text();
    assertThatThrownBy(() -> JoinToken.parse(text.substring(0, text.length() - 3)))
        .hasMessageContaining("not whole");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "K10abc::server:pw", "abcdef.0123456789abcdef"})
  void whatIsNoTokenSaysHowToMakeOne(String text) {
    assertThatThrownBy(() -> JoinToken.parse(text)).hasMessageContaining("croft token create");
  }

  @Test
  void neverShowsItsSecret() {
    assertThat(token.toString()).doesNotContain(token.secret());
    assertThatThrownBy(() -> JoinToken.parse(token.text() + "00"))
        .message()
        .doesNotContain(token.secret());
  }
}
