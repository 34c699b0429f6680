package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PemTest {
  private final KeyPair pair = KeyPairs.generate();

  @Test
  void readsBackWhatItWrites() throws Exception {
    var certificate = CertificateWriter.root(pair, "x", Instant.now(), Duration.ofDays(1));
    String bundle = Pem.encode(certificate) + "# a remark\n" + Pem.encode(certificate);
    assertThat(Pem.certificates(bundle)).containsExactly(certificate, certificate);
    assertThat(Pem.privateKey(Pem.encode(pair.getPrivate()))).isEqualTo(pair.getPrivate());
    assertThat(Pem.publicKey(Pem.encode(pair.getPublic()))).isEqualTo(pair.getPublic());
  }

  @Test
  void breaksLinesAtSixtyFourCharacters() {
    assertThat(Pem.encode(pair.getPublic()).lines().mapToInt(String::length).max()).hasValue(64);
    assertThat(Pem.encode(pair.getPublic())).endsWith("-----END PUBLIC KEY-----\n");
  }

  @Test
  void readsLinesOfOtherSystems() throws Exception {
    String pem = Pem.encode(pair.getPrivate()).replace("\n", "\r\n");
    assertThat(Pem.privateKey(pem)).isEqualTo(pair.getPrivate());
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> Pem.certificates("nothing"))
        .isInstanceOf(PkiException.class)
        .hasMessage("holds no PEM certificate");
    assertThatThrownBy(() -> Pem.privateKey(Pem.encode(pair.getPublic())))
        .isInstanceOf(PkiException.class)
        .hasMessage("holds no PEM block \"PRIVATE KEY\"");
    assertThatThrownBy(
            () -> Pem.certificates("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"))
        .isInstanceOf(PkiException.class)
        .hasMessage("holds a PEM block that is not Base64");
  }
}
