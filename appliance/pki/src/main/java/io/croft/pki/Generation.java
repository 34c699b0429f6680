package io.croft.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A root and the authorities below it, made together and never changed.
///
/// Generation 0 is that of data directories that were made when each authority was its own root.
///
/// @param created when it was made; generation 0 does not know
/// @param superseded since when no server shows its certificates any more
record Generation(int number, Path directory, Instant created, Optional<Instant> superseded) {
  static final String ROOT = "root";
  static final int FIRST = 0;

  /// With which its servers are verified.
  List<X509Certificate> roots() throws IOException, PkiException {
    return isFirst()
        ? new PkiFiles(directory, KeyEncoding.PLAIN)
            .certificates(Purpose.SERVERS.text())
            .orElse(List.of())
        : List.of(GenerationFiles.of(directory, KeyEncoding.PLAIN).rootChain().getLast());
  }

  boolean isFirst() {
    return number == FIRST;
  }
}
