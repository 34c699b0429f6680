package io.croft.pki;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The files of one generation: `root`, and an authority per [Purpose] that it signed. The key of
/// the root may be kept elsewhere; it is needed only to make the next generation.
record GenerationFiles(PkiFiles files) {
  private static final String IMPORTED = "imported";

  static GenerationFiles of(Path directory, KeyEncoding keys) {
    return new GenerationFiles(new PkiFiles(directory, keys));
  }

  /// Writes all of them into an empty directory.
  void make(RootKey root, Instant now, PkiConfig.Lives lives) throws IOException, PkiException {
    if (!root.onToken()) {
      files.writeKey(Generation.ROOT, root.key());
    }
    files.writeCertificates(Generation.ROOT, root.chain());
    if (root.imported()) {
      AtomicFiles.write(files.directory().resolve(IMPORTED), "", AtomicFiles.PUBLIC);
    }
    List<X509Certificate> above = root.chain().stream().filter(c -> !isSelfIssued(c)).toList();
    for (Purpose purpose : Purpose.values()) {
      KeyPair pair = KeyPairs.generate();
      String title = purpose.title() + " " + RootKey.digits();
      X509Certificate certificate =
          CertificateWriter.authority(
              root.key(),
              root.certificate(),
              pair.getPublic(),
              title,
              purpose,
              now,
              lives.authority());
      var chain = new ArrayList<X509Certificate>();
      chain.add(certificate);
      chain.addAll(above);
      files.writeKey(purpose.text(), pair.getPrivate());
      files.writeCertificates(purpose.text(), chain);
    }
  }

  /// The certificates of the root, the one that signs itself last.
  List<X509Certificate> rootChain() throws IOException, PkiException {
    return files
        .certificates(Generation.ROOT)
        .orElseThrow(() -> files.missing(files.certificateFile(Generation.ROOT)));
  }

  boolean hasRootKey() {
    return Files.exists(files.keyFile(Generation.ROOT));
  }

  /// What the next generation can be made with; empty when the key is kept elsewhere.
  ///
  /// @throws PkiException when the key is damaged, or another than the certificate's
  Optional<RootKey> root() throws IOException, PkiException {
    Optional<PrivateKey> key = files.key(Generation.ROOT);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    List<X509Certificate> chain = rootChain();
    files.requireMatch(Generation.ROOT, key.get(), chain.getFirst());
    return Optional.of(new RootKey(key.get(), chain, imported(), false));
  }

  /// Whether the root is a user's own.
  boolean imported() {
    return Files.exists(files.directory().resolve(IMPORTED));
  }

  static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }
}
