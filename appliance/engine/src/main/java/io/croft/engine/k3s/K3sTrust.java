package io.croft.engine.k3s;

import io.croft.base.AtomicFiles;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;

/// Hands our authorities over to k3s, which takes those that it finds for its own, and issues by
/// them what its parts show each other:
///
/// | file | authority |
/// |---|---|
/// | `server-ca` | for servers; clients trust its roots |
/// | `client-ca` | whose certificates log in |
/// | `request-header-ca` | of the front proxy: by it k3s believes the gateway who a user is |
/// | `service.key` | signs the tokens of service accounts |
final class K3sTrust {
  private static final String CERTIFICATE = ".crt";
  private static final String KEY = ".key";

  private final Path directory;
  private boolean changed;

  private K3sTrust(Path directory) {
    this.directory = directory;
  }

  /// Writes what is not there as it should be.
  ///
  /// @param directory `server/tls`
  /// @return whether there was anything to write
  /// @throws PkiException when a key cannot be handed over
  static boolean write(Pki pki, Path directory) throws IOException, PkiException {
    AtomicFiles.ensurePrivateDirectory(directory);
    var files = new K3sTrust(directory);
    files.write("server-ca", pki.serverAuthority());
    files.write("client-ca", pki.clientAuthority());
    files.write("request-header-ca", pki.frontProxy().authority());
    files.write("service.key", key("service accounts", pki.serviceAccountKeys()));
    return files.changed;
  }

  private void write(String name, CertificateAuthority authority) throws IOException, PkiException {
    var pair = new KeyPair(authority.certificate().getPublicKey(), authority.key());
    // The key last: without it, k3s makes no use of the certificate.
    write(name + CERTIFICATE, Pem.encode(certificates(authority)));
    write(name + KEY, key(authority.purpose().text(), pair));
  }

  /// What k3s has of an authority: the first issues; all are trusted, as there are others while
  /// authorities are replaced.
  static List<X509Certificate> certificates(CertificateAuthority authority) {
    var certificates = new LinkedHashSet<X509Certificate>();
    certificates.add(authority.certificate());
    certificates.addAll(authority.trusted());
    return List.copyOf(certificates);
  }

  private static String key(String what, KeyPair pair) throws PkiException {
    try {
      return Pem.encodeForClients(pair);
    } catch (IllegalArgumentException e) {
      throw new PkiException(
          "k3s reads the keys of its authorities from files, and that of %s: %s"
              .formatted(what, e.getMessage()),
          e);
    }
  }

  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file) || !Files.readString(file).equals(text)) {
      AtomicFiles.write(file, text, AtomicFiles.SECRET);
      changed = true;
    }
  }
}
