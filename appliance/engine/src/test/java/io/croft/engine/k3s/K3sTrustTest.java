package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("M5")
class K3sTrustTest {
  @TempDir Path directory;

  private Pki pki() throws Exception {
    return Pki.open(
        directory.resolve("pki"), ServerNames.of(List.of("localhost")), InstantSource.system());
  }

  @Test
  void handsAuthoritiesOverOnce() throws Exception {
    Pki pki = pki();
    Path tls = directory.resolve("server/tls");

    assertThat(K3sTrust.write(pki, tls)).isTrue();
    assertThat(K3sTrust.write(pki, tls)).isFalse();

    List<X509Certificate> server = Pem.certificates(Files.readString(tls.resolve("server-ca.crt")));
    assertThat(server.getFirst()).isEqualTo(pki.serverAuthority().certificate());
    assertThat(server).containsAll(pki.serverAuthority().trusted());
    assertThat(Pem.certificates(Files.readString(tls.resolve("client-ca.crt"))).getFirst())
        .isEqualTo(pki.clientAuthority().certificate());
    assertThat(Pem.certificates(Files.readString(tls.resolve("request-header-ca.crt"))).getFirst())
        .isEqualTo(pki.frontProxy().authority().certificate());
  }

  /// Go's libraries read EC keys in this form only where they look for public ones.
  @Test
  void writesKeysForNobodyElse() throws Exception {
    Path tls = directory.resolve("server/tls");
    K3sTrust.write(pki(), tls);

    for (String key :
        List.of("server-ca.key", "client-ca.key", "request-header-ca.key", "service.key")) {
      assertThat(tls.resolve(key)).content().startsWith("-----BEGIN EC PRIVATE KEY-----");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tls.resolve(key))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void writesAnotherAuthorityInThePlaceOfTheOneBefore() throws Exception {
    Path tls = directory.resolve("server/tls");
    K3sTrust.write(pki(), tls);
    Pki other =
        Pki.open(
            directory.resolve("other"),
            ServerNames.of(List.of("localhost")),
            InstantSource.system());

    assertThat(K3sTrust.write(other, tls)).isTrue();
  }

  @Test
  void configuresTheEncryptionOfSecretsAsItIs() {
    var key = new EncryptionKey("key1", new SecretKeySpec(new byte[32], "AES"));

    assertThat(key.configuration().at("/resources/0/providers/0/aesgcm/keys/0/name").asText())
        .isEqualTo("key1");
    assertThat(key.configuration().at("/resources/0/providers/1").has("identity")).isTrue();
    assertThat(key.toString()).doesNotContain("AAAA");
  }

  @Test
  void listensOnTheLoopbackAddressAlone() {
    var config =
        new K3sConfig(
            directory.resolve("k3s"),
            directory,
            directory,
            "unix:///run/etcd.sock",
            6443,
            "10.96.0.0/12",
            "30000-32767",
            "192.0.2.7",
            8443,
            false);

    List<String> arguments =
        config.arguments(new K3sFiles(config.directory()), "front-proxy-client");

    assertThat(arguments)
        .contains(
            "--bind-address=127.0.0.1",
            "--datastore-endpoint=unix:///run/etcd.sock",
            "--kube-apiserver-arg=storage-media-type=application/json",
            "--disable-agent",
            "--advertise-port=8443")
        .noneMatch(argument -> argument.startsWith("--token="));
  }
}
