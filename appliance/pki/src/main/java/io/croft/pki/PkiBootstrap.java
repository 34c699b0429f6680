package io.croft.pki;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Comparator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the first authorities.
final class PkiBootstrap {
  private static final Logger LOG = LoggerFactory.getLogger(PkiBootstrap.class);

  private PkiBootstrap() {}

  /// Whether there is nothing yet that could be lost.
  static boolean isEmpty(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return true;
    }
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  /// Fills a sibling directory and gives it the right name as the last step: a process that dies in
  /// between leaves no authority without its key or its certificate.
  ///
  /// @param directory missing or empty
  static void create(Path directory, PkiConfig config, Instant now)
      throws IOException, PkiException {
    Path staging = directory.resolveSibling("." + directory.getFileName() + ".new");
    deleteLeftover(staging);
    AtomicFiles.ensurePrivateDirectory(staging);
    new Registry(staging).begin(now);
    var root = RootKey.make(now, config.lives().root());
    int _ =
        new Generations(staging)
            .create(
                now, to -> GenerationFiles.of(to, config.keys()).make(root, now, config.lives()));
    var files = new PkiFiles(staging, config.keys());
    KeyPair serviceAccounts = KeyPairs.generate();
    files.writeKey(PkiFiles.SERVICE_ACCOUNTS, serviceAccounts.getPrivate());
    files.writePublicKey(PkiFiles.SERVICE_ACCOUNTS, serviceAccounts.getPublic());
    Files.move(staging, directory, ATOMIC_MOVE);
    AtomicFiles.syncDirectory(directory.resolveSibling("."));
    LOG.atInfo().addKeyValue("directory", directory).log("Created the certificate authorities");
  }

  private static void deleteLeftover(Path staging) throws IOException {
    if (Files.notExists(staging)) {
      return;
    }
    try (var files = Files.walk(staging)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
