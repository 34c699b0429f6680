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
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The PEM files of one directory: `NAME.key` (mode 0600) beside `NAME.crt` and `NAME.pub`.
record PkiFiles(Path directory, KeyEncoding keys) {
  static final String SERVER = "gateway";
  static final String ADMIN = "admin";
  static final String SERVICE_ACCOUNTS = "sa";
  static final String FRONT_PROXY = "front-proxy-client";

  private static final Logger LOG = LoggerFactory.getLogger(PkiFiles.class);

  /// As [AtomicFiles] calls a key's file until it is complete.
  private static final Pattern UNFINISHED_KEY = Pattern.compile("\\..+\\.key\\.[0-9a-f]+\\.tmp");

  boolean isEmpty() throws IOException {
    if (!Files.isDirectory(directory)) {
      return true;
    }
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  /// Whether there is anything of a pair.
  boolean exists(String name) {
    return Files.exists(keyFile(name)) || Files.exists(certificateFile(name));
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
    String text = Files.readString(file);
    try {
      return Optional.of(keys.decode(text));
    } catch (PkiException e) {
      // Of an encrypted key it cannot be told whether it or the passphrase is the wrong one.
      String mend =
          Pem.holdsEncryptedKey(text)
              ? ""
              : "; put the right key back, or remove the file if it is of no use";
      throw new PkiException(file + " " + e.getMessage() + mend, e);
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

  /// Sees to it that nobody else can read the keys.
  void narrowKeys() throws IOException {
    for (String name : keyNames()) {
      if (AtomicFiles.narrow(keyFile(name), AtomicFiles.SECRET)) {
        LOG.atWarn()
            .addKeyValue("file", keyFile(name))
            .log("A private key could be read by others; its mode is mended");
      }
    }
  }

  /// Removes what a process left that died while it wrote a key: it may hold the key as it must not
  /// stand in a file. Under the directory's [PkiLock].
  void removeUnfinishedKeys() throws IOException {
    for (Path file : list()) {
      if (UNFINISHED_KEY.matcher(file.getFileName().toString()).matches()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// @throws PkiException when one of the keys cannot be read
  void checkKeys() throws IOException, PkiException {
    for (String name : keyNames()) {
      Optional<PrivateKey> _ = key(name);
    }
  }

  /// Writes those keys again that are not encoded as they should be.
  void encodeKeys() throws IOException, PkiException {
    for (String name : keyNames()) {
      encode(name);
    }
  }

  private void encode(String name) throws IOException, PkiException {
    if (!keys.differs(Files.readString(keyFile(name)))) {
      return;
    }
    Optional<PrivateKey> key = key(name);
    if (key.isPresent()) {
      writeKey(name, key.get());
      LOG.atInfo().addKeyValue("file", keyFile(name)).log("A key file is encoded anew");
    }
  }

  /// As [#encodeKeys], for a directory that nothing depends on any more: what cannot be read stays
  /// as it is.
  void encodeReadableKeys() throws IOException {
    for (String name : keyNames()) {
      try {
        encode(name);
      } catch (PkiException | IOException e) {
        LOG.atWarn()
            .addKeyValue("error", e.toString())
            .log("A key file that is no longer used stays as it is");
      }
    }
  }

  private List<String> keyNames() throws IOException {
    return list().stream()
        .map(entry -> entry.getFileName().toString())
        .filter(name -> name.endsWith(".key") && !name.startsWith("."))
        .map(name -> name.substring(0, name.length() - ".key".length()))
        .sorted()
        .toList();
  }

  private List<Path> list() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  /// @throws PkiException when one half is missing or unusable, or they do not belong together
  Identity identity(String name) throws IOException, PkiException {
    PrivateKey key = key(name).orElseThrow(() -> missing(keyFile(name)));
    List<X509Certificate> chain =
        certificates(name).orElseThrow(() -> missing(certificateFile(name)));
    requireMatch(name, key, chain.getFirst());
    return new Identity(key, chain);
  }

  void requireMatch(String name, PrivateKey key, X509Certificate certificate) throws PkiException {
    if (!KeyPairs.match(key, certificate.getPublicKey())) {
      throw new PkiException(
          "%s does not belong to %s; put the pair back from a backup"
              .formatted(keyFile(name), certificateFile(name)));
    }
  }

  PkiException missing(Path file) {
    return new PkiException(
        "%s is missing; put it back from a backup. It is not made anew, because whoever trusts the old one would be cut off"
            .formatted(file));
  }

  void writeKey(String name, PrivateKey key) throws IOException, PkiException {
    AtomicFiles.write(keyFile(name), keys.encode(key), AtomicFiles.SECRET);
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
