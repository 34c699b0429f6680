package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContext;
import java.security.KeyPairGenerator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerTlsTest {
  @Test
  void usesOpenSslWhereThereIsOne() throws Exception {
    assumeTrue(OpenSsl.isAvailable(), "no build of BoringSSL for this machine");

    assertThat(ServerTls.of(Credentials.material(Credentials.OURS)).context())
        .isInstanceOf(OpenSslContext.class);
  }

  @Test
  void usesTheJdkForKeysThatOpenSslIsNotToldOf() throws Exception {
    var key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();
    var material = new TlsMaterial(key, Credentials.OURS.server().chain(), List.of());

    assertThat(ServerTls.of(material).context()).isInstanceOf(JdkSslContext.class);
  }
}
