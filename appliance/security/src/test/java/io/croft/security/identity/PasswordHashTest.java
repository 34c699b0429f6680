package io.croft.security.identity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S-5")
class PasswordHashTest {
  @Test
  void matchesThePasswordThatItWasMadeOf() {
    PasswordHash hash =
        PasswordHash.parse(PasswordHash.of("correct horse").toString()).orElseThrow();

    assertThat(hash.matches("correct horse")).isTrue();
    assertThat(hash.matches("correct horsf")).isFalse();
    assertThat(hash.toString()).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
  }

  @Test
  void readsWhatTheReferenceImplementationWrote() {
    // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
    var hash =
        PasswordHash.parse(
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

    assertThat(hash.orElseThrow().matches("password")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "password",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
      })
  void takesNoOtherFormAndNoneThatWouldCostTooMuch(String text) {
    assertThat(PasswordHash.parse(text)).isEmpty();
  }
}
