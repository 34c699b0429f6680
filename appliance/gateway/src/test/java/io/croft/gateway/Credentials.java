package io.croft.gateway;

import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.ServerNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Keys and certificates for tests, made once per run.
final class Credentials {
  /// The appliance's own.
  static final Pki OURS = make();

  /// Those of some other appliance.
  static final Pki FOREIGN = make();

  private Credentials() {}

  static TlsMaterial material(Pki pki) {
    return new TlsMaterial(
        pki.server().key(), pki.server().chain(), List.of(pki.clientAuthority().certificate()));
  }

  /// What a client needs that trusts our server and shows a certificate, if it has one.
  static SSLContext clientContext(@Nullable Identity identity) {
    return clientContext(OURS, identity);
  }

  static SSLContext clientContext(Pki server, @Nullable Identity identity) {
    try {
      var trusted = emptyStore();
      trusted.setCertificateEntry("ca", server.serverAuthority().certificate());
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      var context = SSLContext.getInstance("TLS");
      context.init(
          identity == null ? null : new KeyManager[] {new OneIdentity(identity)},
          trust.getTrustManagers(),
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError("the client's TLS context", e);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Pki make() {
    try {
      var directory = Files.createTempDirectory("croft-gateway-test");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      return Pki.open(
          directory, ServerNames.of(List.of("localhost", "127.0.0.1")), InstantSource.system());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (PkiException e) {
      throw new AssertionError("the test's certificates", e);
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
