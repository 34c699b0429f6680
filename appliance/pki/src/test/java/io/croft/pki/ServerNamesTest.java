package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerNamesTest {
  @Test
  void tellsNamesFromAddresses() {
    ServerNames names =
        ServerNames.of(List.of("Croft.Example.com", "*.apps.example", "10.0.0.1", "::1"));
    assertThat(names.dns()).containsExactly("*.apps.example", "croft.example.com");
    assertThat(names.addresses()).containsExactly("0:0:0:0:0:0:0:1", "10.0.0.1");
  }

  @Test
  void thisHostIsReachedLocallyAndByItsExtraNames() {
    ServerNames names = ServerNames.ofThisHost(List.of("croft.example.com", "192.0.2.1"));
    assertThat(names.dns()).contains("localhost", "croft.example.com");
    assertThat(names.addresses()).contains("127.0.0.1", "0:0:0:0:0:0:0:1", "192.0.2.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a_b", "a b", "999.1.1.1", "gg::1", "a..b", "http://x"})
  void refusesWhatIsNeither(String name) {
    assertThatThrownBy(() -> ServerNames.of(List.of(name)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
