package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.pki.x509.PrivateKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A user's own authority in place of our root, as OpenSSL makes them.
@Tag("S28")
class ImportTest {
  private static final ServerNames NAMES = ServerNames.of(List.of("localhost"));

  @TempDir Path temporary;

  private Instant now = Instant.now();
  private final PkiConfig config = PkiConfig.DEFAULT.withOverlap(Duration.ofHours(1));

  @BeforeEach
  void open() throws Exception {
    Pki pki = openPki();
    assertThat(pki.serverAuthority().generation()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "rsa:2048, RSA/2048",
    "rsa:3072, RSA/3072",
    "rsa:4096, RSA/4096",
    "P-256, ECDSA/256",
    "P-384, ECDSA/384",
    "P-521, ECDSA/521",
    "ed25519, Ed25519"
  })
  void whatARootOfAnyKindIssuesIsVerifiedByOpenSsl(String kind, String leafKind) throws Exception {
    selfSigned("root", kind, "basicConstraints=critical,CA:TRUE");
    assertThat(importPair("root", "root")).isEqualTo(2);
    now = now.plus(config.overlap()).plusSeconds(120);
    openPki();
    Pki pki = openPki();
    assertThat(pki.clientAuthority().generation()).isEqualTo(2);

    Files.writeString(
        temporary.resolve("trusted.pem"), Pem.encode(pki.serverAuthority().trusted()));
    assertThat(pki.serverAuthority().trusted()).contains(certificate("root"));
    verified(pki.admin().chain(), "sslclient");
    KeyPair leaf = new io.croft.pki.x509.KeyKind(algorithm(leafKind), size(leafKind)).generate();
    verified(
        pki.serverAuthority()
            .issue(new Profile.Server("x", NAMES, Duration.ofDays(1)), leaf.getPublic()),
        "sslserver");
    verified(
        pki.nodeAuthority()
            .issue(new Profile.Server("n", NAMES, Duration.ofDays(1)), leaf.getPublic()),
        "sslserver");
    verified(
        pki.clientAuthority()
            .issue(new Profile.Client("u", List.of("g"), Duration.ofDays(1)), leaf.getPublic()),
        "sslclient");
  }

  @Test
  void anIntermediateIsImportedWithTheChainToItsRoot() throws Exception {
    selfSigned("root", "P-256", "basicConstraints=critical,CA:TRUE");
    signed(
        "middle",
        "root",
        "basicConstraints=critical,CA:TRUE,pathlen:1\nkeyUsage=critical,keyCertSign,cRLSign"
            + "\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always");
    assertThatThrownBy(() -> importPair("middle", "middle"))
        .hasMessageContaining("the chain ends at \"CN=middle\"; add the certificate of CN=root");
    Files.writeString(
        temporary.resolve("chain.crt"),
        Files.readString(temporary.resolve("root.crt"))
            + Files.readString(temporary.resolve("middle.crt")));
    assertThat(importPair("chain", "middle")).isEqualTo(2);
    now = now.plus(config.overlap()).plusSeconds(120);
    openPki();
    Pki pki = openPki();
    Files.writeString(
        temporary.resolve("trusted.pem"), Files.readString(temporary.resolve("root.crt")));
    verified(pki.admin().chain(), "sslclient");
    assertThat(pki.admin().chain()).as("leaf, ours, theirs").hasSize(3);
    assertThat(temporary.resolve("pki/authorities/1/root.key")).as("is kept").exists();
  }

  /// There are tokens that give their keys away.
  @Test
  void theKeyOfATokenIsWrittenNowhere() throws Exception {
    selfSigned("root", "P-256", "basicConstraints=critical,CA:TRUE");
    var key = PrivateKeys.parse(read("root.key")).getPrivate();
    assertThat(key.getEncoded()).isNotNull();
    var token = new TokenKey(key, List.of(certificate("root")));

    assertThat(new PkiControl(temporary.resolve("pki"), config, () -> now).importAuthority(token))
        .isEqualTo(2);

    assertThat(temporary.resolve("pki/authorities/2/root.crt")).exists();
    assertThat(temporary.resolve("pki/authorities/2/root.key")).doesNotExist();
    assertThat(temporary.resolve("pki/authorities/2/ca.key")).exists();
  }

  @Test
  void keysAreReadInEveryForm() throws Exception {
    for (String kind : List.of("rsa:2048", "P-256")) {
      selfSigned("root", kind, "basicConstraints=critical,CA:TRUE");
      PublicKey key = certificate("root").getPublicKey();
      OpenSsl.run(temporary, "pkey", "-in", "root.key", "-out", "traditional.key", "-traditional")
          .succeeded();
      assertThat(read("traditional.key")).containsAnyOf("BEGIN RSA", "BEGIN EC");
      assertThat(PrivateKeys.parse(read("traditional.key")).getPublic()).isEqualTo(key);
      Files.writeString(temporary.resolve("pass"), "päss word\n");
      OpenSsl.run(
              temporary,
              "pkcs8",
              "-topk8",
              "-v2",
              "aes-256-cbc",
              "-in",
              "root.key",
              "-out",
              "sealed.key",
              "-passout",
              "file:pass")
          .succeeded();
      char[] passphrase = Passphrase.read(temporary.resolve("pass")).toCharArray();
      assertThat(KeyPairs.match(EncryptedKeys.decrypt(read("sealed.key"), passphrase), key))
          .isTrue();
      assertThatThrownBy(() -> EncryptedKeys.decrypt(read("sealed.key"), "wrong".toCharArray()))
          .isInstanceOf(PkiException.class)
          .hasMessageContaining("the passphrase does not open");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "basicConstraints=critical,CA:FALSE | is not a certificate authority",
        "basicConstraints=critical,CA:TRUE,pathlen:0 | allows a path length of 0",
        "basicConstraints=critical,CA:TRUE+keyUsage=critical,cRLSign | may not sign certificates",
        "basicConstraints=critical,CA:TRUE+nameConstraints=critical,permitted;DNS:x | constrains"
            + " the names"
      })
  void whatCannotBeUsedIsRefusedInWordsAndChangesNothing(String extensions, String words)
      throws Exception {
    selfSigned("bad", "P-256", extensions.split("\\+"));
    assertThatThrownBy(() -> importPair("bad", "bad"))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(words);
    assertThat(temporary.resolve("pki/authorities/2")).doesNotExist();
  }

  @Test
  void anExpiredAuthorityAndAnothersKeyAreRefused() throws Exception {
    selfSigned("root", "P-256", "basicConstraints=critical,CA:TRUE");
    selfSigned("other", "P-256", "basicConstraints=critical,CA:TRUE");
    assertThatThrownBy(() -> importPair("root", "other"))
        .hasMessageContaining("the key belongs to none of the certificates");
    now = now.plus(Duration.ofDays(4000));
    assertThatThrownBy(() -> importPair("root", "root"))
        .hasMessageContaining("\"CN=root\" expired at");
  }

  private Pki openPki() throws Exception {
    return Pki.open(temporary.resolve("pki"), NAMES, config, () -> now);
  }

  private int importPair(String certificates, String key) throws Exception {
    return new PkiControl(temporary.resolve("pki"), config, () -> now)
        .importAuthority(
            Pem.certificates(read(certificates + ".crt")),
            PrivateKeys.parse(read(key + ".key")).getPrivate());
  }

  private X509Certificate certificate(String name) throws Exception {
    return Pem.certificates(read(name + ".crt")).getFirst();
  }

  private String read(String file) throws Exception {
    return Files.readString(temporary.resolve(file));
  }

  private void verified(List<X509Certificate> chain, String purpose) throws Exception {
    Files.writeString(temporary.resolve("leaf.pem"), Pem.encode(chain.getFirst()));
    Files.writeString(temporary.resolve("above.pem"), Pem.encode(chain));
    OpenSsl.run(
            temporary,
            "verify",
            "-x509_strict",
            "-purpose",
            purpose,
            "-attime",
            String.valueOf(now.getEpochSecond()),
            "-CAfile",
            "trusted.pem",
            "-untrusted",
            "above.pem",
            "leaf.pem")
        .succeeded();
  }

  private void selfSigned(String name, String kind, String... extensions) throws Exception {
    key(name, kind);
    var line =
        new java.util.ArrayList<>(
            List.of(
                "req",
                "-x509",
                "-new",
                "-key",
                name + ".key",
                "-subj",
                "/CN=" + name,
                "-days",
                "3650",
                "-out",
                name + ".crt",
                "-config",
                config()));
    if (!String.join(" ", extensions).contains("keyUsage")) {
      line.addAll(List.of("-addext", "keyUsage=critical,keyCertSign,cRLSign"));
    }
    for (String extension : extensions) {
      line.addAll(List.of("-addext", extension));
    }
    OpenSsl.run(temporary, line.toArray(String[]::new)).succeeded();
    now = Instant.now().plusSeconds(2); // certificates begin with the second in which they are made
  }

  private void signed(String name, String issuer, String extensions) throws Exception {
    key(name, "P-256");
    Files.writeString(temporary.resolve(name + ".ext"), extensions + "\n");
    OpenSsl.run(
            temporary,
            "req",
            "-new",
            "-key",
            name + ".key",
            "-subj",
            "/CN=" + name,
            "-out",
            name + ".csr",
            "-config",
            config())
        .succeeded();
    OpenSsl.run(
            temporary,
            "x509",
            "-req",
            "-in",
            name + ".csr",
            "-CA",
            issuer + ".crt",
            "-CAkey",
            issuer + ".key",
            "-CAcreateserial",
            "-days",
            "3000",
            "-extfile",
            name + ".ext",
            "-out",
            name + ".crt")
        .succeeded();
  }

  private String config() throws Exception {
    Path file = temporary.resolve("openssl.cnf");
    Files.writeString(file, "[req]\ndistinguished_name=dn\n[dn]\n");
    return file.toString();
  }

  private void key(String name, String kind) throws Exception {
    List<String> options =
        kind.startsWith("rsa:")
            ? List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + kind.substring(4))
            : kind.equals("ed25519")
                ? List.of("-algorithm", "ED25519")
                : List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind);
    var line = new java.util.ArrayList<>(List.of("genpkey", "-out", name + ".key"));
    line.addAll(options);
    OpenSsl.run(temporary, line.toArray(String[]::new)).succeeded();
  }

  private static io.croft.pki.x509.KeyKind.Algorithm algorithm(String kind) {
    return io.croft.pki.x509.KeyKind.Algorithm.valueOf(
        kind.replaceFirst("/.*", "").toUpperCase(java.util.Locale.ROOT));
  }

  private static int size(String kind) {
    return kind.contains("/") ? Integer.parseInt(kind.replaceFirst(".*/", "")) : 256;
  }
}
