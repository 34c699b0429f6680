package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-5")
class OwnCookiesTest {
  @Test
  void keepsOwnCookiesFromWhatIsBehind() {
    Headers headers =
        Headers.of(
            "cookie", "a=1; __Host-croft-session=x.y;b=2",
            "accept", "*/*",
            "cookie", "__Host-croft-form=z");

    Headers stripped = OwnCookies.strip(headers);

    assertThat(stripped.all("cookie")).containsExactly("a=1; b=2");
    assertThat(stripped.all("accept")).containsExactly("*/*");
    assertThat(OwnCookies.strip(Headers.of("cookie", "__Host-croft-form=z")).all("cookie"))
        .isEmpty();
    assertThat(OwnCookies.strip(Headers.of("cookie", "__host-CROFT-form=z; c")).all("cookie"))
        .containsExactly("c");
  }

  @Test
  void leavesOthersAsTheyCame() {
    Headers headers = Headers.of("cookie", "a=1;b=\"2\"");

    assertThat(OwnCookies.strip(headers)).isSameAs(headers);
  }
}
