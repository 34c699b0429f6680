package io.croft.pki;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/// By which the servers of other APIs know that a request comes from this API server, and take its
/// word for who the user is. An authority of its own, as nobody else may ever prove that.
///
/// @param authority whose certificates those servers trust
/// @param client what the API server shows them
public record FrontProxy(CertificateAuthority authority, Identity client) {
  /// The common name of the client's certificate.
  public static final String NAME = "front-proxy-client";

  /// Loads `front-proxy-ca` and `front-proxy-client` of a directory, which [Pki] has opened; makes
  /// what is missing or due. For the one process that owns the directory.
  ///
  /// @throws PkiException when a key is unusable, or one file of the authority is missing
  /// @throws IOException when a file cannot be read or written
  public static FrontProxy open(Path directory, InstantSource clock)
      throws PkiException, IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
    var files = new PkiFiles(directory.toAbsolutePath());
    boolean made =
        files.key(PkiFiles.FRONT_PROXY_AUTHORITY).isPresent()
            || files.certificates(PkiFiles.FRONT_PROXY_AUTHORITY).isPresent();
    if (!made) {
      PkiBootstrap.createAuthority(
          files, PkiFiles.FRONT_PROXY_AUTHORITY, "croft front proxy CA", clock);
    }
    return new PkiLoader(files, clock).frontProxy(NAME);
  }

  /// What [#open] made, as it is.
  ///
  /// @throws PkiException when a file is unusable or missing
  /// @throws IOException when a file cannot be read
  public static FrontProxy read(Path directory, InstantSource clock)
      throws PkiException, IOException {
    return new PkiLoader(new PkiFiles(directory.toAbsolutePath()), clock).readFrontProxy();
  }
}
