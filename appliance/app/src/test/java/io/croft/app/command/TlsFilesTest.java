package io.croft.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.pki.EncryptedKeys;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.time.InstantSource;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsFilesTest {
  @TempDir Path directory;

  private Identity server;

  @BeforeEach
  void makeCertificate() throws Exception {
    var names = ServerNames.of(List.of("localhost"));
    server = Pki.open(directory.resolve("pki"), names, InstantSource.system()).server();
    Files.writeString(directory.resolve("tls.crt"), Pem.encode(server.chain()));
  }

  @Test
  void takesKeysInTheUsualFormAndInTheOlderOne() throws Exception {
    for (String key : List.of(Pem.encode(server.key()), server.keyForClients())) {
      Files.writeString(directory.resolve("tls.key"), key);
      assertThat(identity())
          .asInstanceOf(InstanceOfAssertFactories.type(ECPrivateKey.class))
          .extracting(ECPrivateKey::getS)
          .isEqualTo(((ECPrivateKey) server.key()).getS());
    }
    assertThat(server.keyForClients()).contains("BEGIN EC PRIVATE KEY");
  }

  @Test
  void saysOfAnEncryptedKeyThatItIs() throws Exception {
    Files.writeString(
        directory.resolve("tls.key"), new EncryptedKeys("secret", true).encode(server.key()));
    assertThatThrownBy(this::identity)
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("tls.key holds a private key that is encrypted");
  }

  private PrivateKey identity() throws Exception {
    return TlsFiles.identity(directory.resolve("tls.crt"), directory.resolve("tls.key"), List.of())
        .key();
  }
}
