package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An authority of the user's whose key stays on a token. The token is SoftHSM's, which is made of
/// files but is talked to like any other.
@Tag("S28")
class TokenAuthorityTest {
  private static final String PIN = "624170";

  @TempDir private Path files;
  private Path configuration = Path.of("");

  @BeforeEach
  void makeToken() throws Exception {
    Assumptions.assumeFalse(
        Distribution.isNative(), "the native binary knows no tokens, see docs/native.md");
    Path util = Path.of(Distribution.peer("softhsm2-util"));
    Path library =
        Stream.of(util.resolve("../../lib/softhsm/libsofthsm2.so").normalize())
            .filter(Files::isReadable)
            .findFirst()
            .orElseGet(() -> Assumptions.abort("softhsm2-util has no library beside it"));
    Files.createDirectory(files.resolve("tokens"));
    Files.writeString(
        files.resolve("softhsm2.conf"), "directories.tokendir = %s/tokens\n".formatted(files));
    tool(
        util.toString(),
        "--module",
        library.toString(),
        "--init-token",
        "--free",
        "--label",
        "croft",
        "--pin",
        PIN,
        "--so-pin",
        "1" + PIN);
    configuration = files.resolve("token.cfg");
    Files.writeString(
        configuration, "name = croft\nlibrary = %s\nslotListIndex = 0\n".formatted(library));
    Files.writeString(files.resolve("pin"), PIN + "\n");
  }

  private String tool(String... line) {
    return withToken(Command.of(line)).run().succeeded().out();
  }

  private Command withToken(Command command) {
    return command.with("SOFTHSM2_CONF", files.resolve("softhsm2.conf").toString());
  }

  /// A root that OpenSSL makes and Java's keytool puts on the token.
  private void putRoot(String name, String... key) {
    String at = files.resolve(name).toString();
    tool(
        Stream.concat(
                Stream.of(Distribution.peer("openssl"), "req", "-x509", "-nodes", "-newkey"),
                Stream.concat(
                    Stream.of(key),
                    Stream.of(
                        "-keyout",
                        at + ".key",
                        "-out",
                        at + ".crt",
                        "-subj",
                        "/CN=" + name,
                        "-days",
                        "3650",
                        "-addext",
                        "keyUsage=critical,keyCertSign,cRLSign")))
            .toArray(String[]::new));
    tool(
        Distribution.peer("openssl"),
        "pkcs12",
        "-export",
        "-inkey",
        at + ".key",
        "-in",
        at + ".crt",
        "-name",
        name,
        "-out",
        at + ".p12",
        "-passout",
        "pass:" + PIN);
    tool(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-importkeystore",
        "-noprompt",
        "-srckeystore",
        at + ".p12",
        "-srcstorepass",
        PIN,
        "-destkeystore",
        "NONE",
        "-deststoretype",
        "PKCS11",
        "-deststorepass",
        PIN,
        "-addprovider",
        "SunPKCS11",
        "-providerarg",
        configuration.toString());
  }

  private Command.Output imported(Appliance appliance, String pin, String... more) {
    return withToken(
            appliance.croft(
                Stream.concat(
                        Stream.of(
                            "cert",
                            "ca",
                            "import",
                            "--pkcs11",
                            configuration.toString(),
                            "--passphrase-file",
                            files.resolve(pin).toString()),
                        Stream.of(more))
                    .toArray(String[]::new)))
        .run();
  }

  private static JsonNode generation(Appliance appliance, int number) throws Exception {
    String json = appliance.croft("cert", "ca", "list", "-o", "json").run().succeeded().out();
    for (JsonNode generation : new ObjectMapper().readTree(json)) {
      if (generation.path("generation").asInt() == number) {
        return generation;
      }
    }
    return new ObjectMapper().createObjectNode();
  }

  @Test
  void importsARootWhoseKeyStaysOnTheToken() throws Exception {
    putRoot("elliptic", "ec", "-pkeyopt", "ec_paramgen_curve:P-384");
    putRoot("modular", "rsa:2048");
    try (var appliance = new Appliance()) {
      Files.createDirectories(appliance.dataDirectory());
      Files.writeString(appliance.dataDirectory().resolve("config.yaml"), "pki:\n  overlap: 3s\n");
      appliance.start();
      Path second = appliance.dataDirectory().resolve("pki/authorities/2");

      Files.writeString(files.resolve("wrong"), "000000\n");
      assertThat(imported(appliance, "wrong", "--alias", "modular").exited(1).err().strip())
          .contains("refuses the PIN; nothing was changed")
          .doesNotContain("000000", "\n");
      assertThat(imported(appliance, "pin").exited(1).err().strip())
          .contains("several keys, say which: [elliptic, modular]")
          .doesNotContain("\n");
      assertThat(imported(appliance, "pin", "--alias", "other").exited(1).err().strip())
          .contains("has no key \"other\"")
          .doesNotContain("\n");
      assertThat(second).doesNotExist();

      imported(appliance, "pin", "--alias", "elliptic").succeeded();
      assertThat(second.resolve("root.key")).doesNotExist();
      assertThat(second.resolve("ca.key")).exists();
      assertThat(Files.readString(second.resolve("root.crt")))
          .isEqualTo(Files.readString(files.resolve("elliptic.crt")));
      tool(
          Distribution.peer("openssl"),
          "verify",
          "-x509_strict",
          "-CAfile",
          files.resolve("elliptic.crt").toString(),
          second.resolve("client-ca.crt").toString());
      eventually(
          "it issues", () -> generation(appliance, 2).path("state").asText().equals("current"));
      // Whatever happens, the token is needed no more.
      appliance.kill();
      appliance.launch();
      eventually("it is up again", appliance::accepts);

      eventually(
          "another may be imported",
          () -> imported(appliance, "pin", "--alias", "modular").exit() == 0);
      assertThat(second.resolveSibling("3").resolve("root.key")).doesNotExist();
    }
  }
}
