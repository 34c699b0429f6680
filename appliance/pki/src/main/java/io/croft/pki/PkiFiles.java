package io.croft.pki;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The PEM files of one directory: `NAME.key` (mode 0600) beside `NAME.crt` and `NAME.pub`.
record PkiFiles(Path directory) {
  static final String SERVER_AUTHORITY = "ca";
  static final String CLIENT_AUTHORITY = "client-ca";
  static final String SERVER = "gateway";
  static final String ADMIN = "admin";
  static final String SERVICE_ACCOUNTS = "sa";
  static final String FRONT_PROXY_AUTHORITY = "front-proxy-ca";
  static final String FRONT_PROXY = "front-proxy-client";

  private static final Logger LOG = LoggerFactory.getLogger(PkiFiles.class);

  boolean isEmpty() throws IOException {
    if (!Files.isDirectory(directory)) {
      return true;
    }
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  Path keyFile(String name) {
    return directory.resolve(name + ".key");
  }

  Path certificateFile(String name) {
    return directory.resolve(name + ".crt");
  }

  /// @throws PkiException when the file is there and holds no key that can be read
  Optional<PrivateKey> key(String name) throws IOException, PkiException {
    Path file = keyFile(name);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    if (AtomicFiles.narrow(file, AtomicFiles.SECRET)) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .log("A private key could be read by others; its mode is mended");
    }
    try {
      return Optional.of(Pem.privateKey(Files.readString(file)));
    } catch (PkiException e) {
      throw new PkiException(
          "%s %s; put the right key back, or remove the file if it is of no use"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /// @throws PkiException when the file is there and holds no certificate that can be read
  Optional<List<X509Certificate>> certificates(String name) throws IOException, PkiException {
    Path file = certificateFile(name);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Pem.certificates(Files.readString(file)));
    } catch (PkiException e) {
      throw new PkiException(file + " " + e.getMessage(), e);
    }
  }

  void writeKey(String name, PrivateKey key) throws IOException {
    AtomicFiles.write(keyFile(name), Pem.encode(key), AtomicFiles.SECRET);
  }

  void writeCertificates(String name, List<X509Certificate> chain) throws IOException {
    AtomicFiles.write(certificateFile(name), Pem.encode(chain), AtomicFiles.PUBLIC);
  }

  void writePublicKey(String name, PublicKey key) throws IOException {
    AtomicFiles.write(directory.resolve(name + ".pub"), Pem.encode(key), AtomicFiles.PUBLIC);
  }

  Optional<PublicKey> publicKey(String name) throws IOException, PkiException {
    Path file = directory.resolve(name + ".pub");
    return Files.exists(file)
        ? Optional.of(Pem.publicKey(Files.readString(file)))
        : Optional.empty();
  }
}
