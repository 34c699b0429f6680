package io.croft.pki;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The appliance's keys and certificates. Immutable; `open` it again to have what is due renewed.
///
/// | files | what they are | life |
/// |---|---|---|
/// | `ca` | the authority that clients trust | 10 years |
/// | `gateway` | the server certificate, issued by `ca` | 1 year |
/// | `client-ca` | the authority whose certificates log in | 10 years |
/// | `admin` | `kubernetes-admin` in `system:masters`, issued by `client-ca` | 1 year |
/// | `sa` | signs the tokens of service accounts | – |
///
/// [FrontProxy] keeps `front-proxy-ca` and `front-proxy-client` beside them.
///
/// Authorities are made once, together with their directory, and never replaced here: whoever
/// trusts them would be cut off. A leaf is issued again, with the same key, when its certificate is
/// missing or unusable, two thirds of its life are over, or the server's names have changed.
///
/// @param serverAuthority issues what clients verify servers with
/// @param clientAuthority issues what the gateway verifies clients with
/// @param server what the gateway shows
/// @param admin the key to everything
/// @param serviceAccountKeys P-256; the public half verifies tokens
public record Pki(
    CertificateAuthority serverAuthority,
    CertificateAuthority clientAuthority,
    Identity server,
    Identity admin,
    KeyPair serviceAccountKeys) {
  private static final Logger LOG = LoggerFactory.getLogger(Pki.class);

  /// Loads the keys and certificates in a directory, issues what is missing or due, and makes all
  /// of it when the directory is missing or empty. For the one process that owns the directory.
  ///
  /// @param names what the server's certificate shall list
  /// @throws PkiException when an authority or a key is missing or unusable
  /// @throws IOException when a file cannot be read or written
  public static Pki open(Path directory, ServerNames names, InstantSource clock)
      throws PkiException, IOException {
    var files = new PkiFiles(directory.toAbsolutePath());
    if (files.isEmpty()) {
      PkiBootstrap.create(files.directory(), clock);
    }
    if (AtomicFiles.ensurePrivateDirectory(directory)) {
      LOG.atWarn()
          .addKeyValue("directory", directory)
          .log("The directory of private keys could be read by others; its mode is mended");
    }
    return new PkiLoader(files, clock).open(names);
  }

  /// Loads the keys and certificates in a directory as they are, due or not, and writes nothing;
  /// for other processes than the one that owns the directory.
  ///
  /// @throws PkiException when something is missing or unusable
  /// @throws IOException when a file cannot be read
  public static Pki read(Path directory, InstantSource clock) throws PkiException, IOException {
    return new PkiLoader(new PkiFiles(directory.toAbsolutePath()), clock).read();
  }

  /// Makes a key and a certificate with which a user logs in.
  ///
  /// @param groups may be empty; `system:authenticated` is added at log-in
  /// @param ttl cut to the life of the client authority
  /// @throws PkiException when the client authority has expired
  public Identity issueClient(String user, List<String> groups, Duration ttl) throws PkiException {
    return clientAuthority.issue(new Profile.Client(user, groups, ttl));
  }
}
