package io.croft.fleet.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.pki.CertificateAuthority;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.pki.ServerNames;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whom a host believes to be the appliance.
@Tag("P13")
class TrustTest {
  private static final ServerNames NAMES = ServerNames.of(List.of("site.example"));

  @TempDir static Path directory;
  private static Pki pki;

  @BeforeAll
  static void open() throws Exception {
    pki = Pki.open(directory.resolve("pki"), NAMES, InstantSource.system());
  }

  private static X509Certificate[] issued(CertificateAuthority by) throws PkiException {
    var profile = new Profile.Server("site.example", NAMES, Duration.ofHours(1));
    return by.issue(profile).chain().toArray(X509Certificate[]::new);
  }

  private static RootTrust roots() {
    return new RootTrust(pki.serverAuthority().trusted(), InstantSource.system());
  }

  @Test
  void whatNodesServeWithIsNotTheAppliances() throws Exception {
    X509Certificate[] server = issued(pki.serverAuthority());
    X509Certificate[] node = issued(pki.nodeAuthority());
    try (var socket = new Socket()) {
      roots().checkServerTrusted(server, "ECDHE_ECDSA", socket);
      assertThatThrownBy(() -> roots().checkServerTrusted(node, "ECDHE_ECDSA", socket))
          .isInstanceOf(CertificateException.class)
          .hasMessageContaining("the authority for servers");
    }
  }

  @Test
  void allOfAConversationIsWithTheSameServer() throws Exception {
    X509Certificate[] first = issued(pki.serverAuthority());
    X509Certificate[] second = issued(pki.serverAuthority());
    X509Certificate[] node = issued(pki.nodeAuthority());
    var trust = new PinnedTrust(roots());
    try (var socket = new Socket()) {
      assertThatThrownBy(() -> trust.checkServerTrusted(node, "ECDHE_ECDSA", socket))
          .isInstanceOf(CertificateException.class);
      assertThat(trust.leaf()).isEmpty();
      trust.checkServerTrusted(first, "ECDHE_ECDSA", socket);
      trust.checkServerTrusted(first, "ECDHE_ECDSA", socket);
      assertThatThrownBy(() -> trust.checkServerTrusted(second, "ECDHE_ECDSA", socket))
          .isInstanceOf(CertificateException.class)
          .hasMessageContaining("another certificate");
    }
    assertThat(trust.leaf()).contains(first[0]);
  }
}
