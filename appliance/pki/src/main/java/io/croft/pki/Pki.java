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
/// | `authorities/N/root` | what clients trust; its key may be kept elsewhere | 10 years |
/// | `authorities/N/ca` | issues for servers | 5 years |
/// | `authorities/N/client-ca` | whose certificates log in | 5 years |
/// | `authorities/N/node-ca` | issues for what nodes serve | 5 years |
/// | `authorities/N/front-proxy-ca` | whom the servers of other APIs believe | 5 years |
/// | `gateway` | the server certificate, issued by `ca` | 1 year |
/// | `admin` | `kubernetes-admin` in `system:masters`, issued by `client-ca` | 1 year |
/// | `front-proxy-client` | the API server as a client, issued by `front-proxy-ca` | 1 year |
/// | `sa` | signs the tokens of service accounts | – |
/// | `issued`, `revoked` | what was issued and taken back, see [Registry] | – |
///
/// Authorities of one [Generation] are made together and never changed; [Rotation] replaces them.
/// What is missing of them is never made anew: whoever trusts the old one would be cut off. A leaf
/// is issued again, with the same key, when its certificate is missing or unusable, due for renewal
/// ([Renewal]), of an authority that was replaced, or the server's names have changed; with another
/// key when it was revoked.
///
/// @param serverAuthority issues what clients verify servers with
/// @param clientAuthority issues what the gateway verifies clients with
/// @param nodeAuthority issues what nodes serve with
/// @param server what the gateway shows
/// @param admin the key to everything
/// @param serviceAccountKeys P-256; the public half verifies tokens
/// @param issuers every authority that is trusted, of all generations
/// @param registry what they have issued and taken back
public record Pki(
    CertificateAuthority serverAuthority,
    CertificateAuthority clientAuthority,
    CertificateAuthority nodeAuthority,
    FrontProxy frontProxy,
    Identity server,
    Identity admin,
    KeyPair serviceAccountKeys,
    List<CertificateAuthority> issuers,
    Registry registry) {
  private static final Logger LOG = LoggerFactory.getLogger(Pki.class);

  public Pki {
    issuers = List.copyOf(issuers);
  }

  /// As below, with the usual settings.
  public static Pki open(Path directory, ServerNames names, InstantSource clock)
      throws PkiException, IOException {
    return open(directory, names, PkiConfig.DEFAULT, clock);
  }

  /// Loads the keys and certificates in a directory, makes and issues what is missing or due, takes
  /// the steps of a rotation that are due, and makes all of it when the directory is missing or
  /// empty. For the one process that owns the directory.
  ///
  /// @param names what the server's certificate shall list
  /// @throws PkiException when an authority or a key is missing or unusable
  /// @throws IOException when a file cannot be read or written
  public static Pki open(Path directory, ServerNames names, PkiConfig config, InstantSource clock)
      throws PkiException, IOException {
    Path absolute = directory.toAbsolutePath();
    if (PkiBootstrap.isEmpty(absolute)) {
      PkiBootstrap.create(absolute, config, clock.instant());
    }
    if (AtomicFiles.ensurePrivateDirectory(absolute)) {
      LOG.atWarn()
          .addKeyValue("directory", directory)
          .log("The directory of private keys could be read by others; its mode is mended");
    }
    return new PkiLoader(absolute, config, clock).open(names);
  }

  /// As below, with the usual settings.
  public static Pki read(Path directory, InstantSource clock) throws PkiException, IOException {
    return read(directory, PkiConfig.DEFAULT, clock);
  }

  /// Loads the keys and certificates in a directory as they are, due or not, and writes nothing;
  /// for other processes than the one that owns the directory.
  ///
  /// @throws PkiException when something is missing or unusable
  /// @throws IOException when a file cannot be read
  public static Pki read(Path directory, PkiConfig config, InstantSource clock)
      throws PkiException, IOException {
    return new PkiLoader(directory.toAbsolutePath(), config, clock).read();
  }

  /// Who issues for a purpose.
  public CertificateAuthority issuer(Purpose purpose) {
    return switch (purpose) {
      case SERVERS -> serverAuthority;
      case CLIENTS -> clientAuthority;
      case NODES -> nodeAuthority;
      case FRONT_PROXY -> frontProxy.authority();
    };
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
