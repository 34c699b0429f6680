package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// OpenLDAP's server, with a few people and groups, over TLS. Skips the test where it is missing.
final class Slapd implements AutoCloseable {
  static final String ADMIN = "cn=admin,dc=example,dc=com";
  static final String ADMIN_PASSWORD = "the directory's own";

  private static final List<String> SCHEMAS = List.of("core", "cosine", "inetorgperson", "nis");
  private static final String KEY_PASSWORD = "in-memory";

  private final Path directory;
  private final int ldap = Distribution.freePort();
  private final int ldaps = Distribution.freePort();
  private final Process process;

  /// @param directory where it keeps its state
  /// @param ldif what is in it at first
  Slapd(Path directory, String ldif) throws Exception {
    this.directory = Files.createDirectories(directory);
    String program = program("slapd");
    Path schema = Path.of("/etc/ldap/schema");
    Assumptions.assumeTrue(
        Files.isDirectory(schema), "slapd's schemas are not where Debian has them");
    certificate();
    var config = new StringBuilder();
    SCHEMAS.forEach(name -> config.append("include %s/%s.schema%n".formatted(schema, name)));
    config.append(
        """
        modulepath /usr/lib/ldap
        moduleload back_mdb
        pidfile %1$s/slapd.pid
        TLSCertificateFile %1$s/tls.crt
        TLSCertificateKeyFile %1$s/tls.key
        TLSCACertificateFile %1$s/tls.crt
        security simple_bind=128
        disallow bind_anon
        database mdb
        suffix "dc=example,dc=com"
        rootdn "%2$s"
        rootpw "%3$s"
        directory %1$s/db
        access to attrs=userPassword by anonymous auth by * none
        access to * by users read by * none
        """
            .formatted(directory, ADMIN, ADMIN_PASSWORD));
    Files.createDirectories(directory.resolve("db"));
    Path file = Files.writeString(directory.resolve("slapd.conf"), config);
    Path data = Files.writeString(directory.resolve("data.ldif"), ldif);
    Command.of(program("slapadd"), "-f", file.toString(), "-l", data.toString()).run().succeeded();
    process =
        Command.of(
                program,
                "-d",
                "0",
                "-f",
                file.toString(),
                "-h",
                "ldap://127.0.0.1:%d ldaps://127.0.0.1:%d".formatted(ldap, ldaps))
            .start(directory.resolve("out.log"), directory.resolve("err.log"));
    eventually(
        "slapd listens",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError(Files.readString(directory.resolve("err.log")));
          }
          return accepts();
        });
  }

  private boolean accepts() {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), ldaps)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// Debian has it where only the administrator's PATH leads.
  private static String program(String name) {
    Optional<String> found = Distribution.findPeer(name);
    Path system = Path.of("/usr/sbin", name);
    Assumptions.assumeTrue(
        found.isPresent() || Files.isExecutable(system), name + " (Debian: slapd) is not here");
    return found.orElse(system.toString());
  }

  private void certificate() throws Exception {
    Path store = directory.resolve("tls.p12");
    // RSA: Debian's slapd, by GnuTLS, does not read EC keys as Java writes them.
    String line =
        "-genkeypair -alias tls -keyalg RSA -keysize 2048 -storetype PKCS12 -dname CN=slapd"
            + " -ext SAN=ip:127.0.0.1,dns:localhost -ext BC=ca:true -validity 2 -storepass "
            + KEY_PASSWORD
            + " -keystore "
            + store;
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(line.split(" ")));
    Command.of(command.toArray(String[]::new)).run().succeeded();
    var keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, KEY_PASSWORD.toCharArray());
    }
    pem("tls.crt", "CERTIFICATE", keys.getCertificate("tls").getEncoded());
    pem("tls.key", "PRIVATE KEY", keys.getKey("tls", KEY_PASSWORD.toCharArray()).getEncoded());
  }

  private void pem(String name, String title, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        directory.resolve(name),
        "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(title, text));
  }

  String ldaps() {
    return "ldaps://127.0.0.1:" + ldaps;
  }

  /// For StartTLS.
  String ldap() {
    return "ldap://127.0.0.1:" + ldap;
  }

  String authority() throws IOException {
    return Files.readString(directory.resolve("tls.crt"));
  }

  /// Changes what is in it.
  void modify(String ldif) {
    Command.of(
            Distribution.peer("ldapmodify"), "-H", ldaps(), "-D", ADMIN, "-w", ADMIN_PASSWORD, "-x")
        .with("LDAPTLS_REQCERT", "never")
        .reading(ldif)
        .run()
        .succeeded();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
