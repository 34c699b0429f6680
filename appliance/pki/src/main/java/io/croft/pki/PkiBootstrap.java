package io.croft.pki;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the authorities, once.
final class PkiBootstrap {
  private static final Logger LOG = LoggerFactory.getLogger(PkiBootstrap.class);
  private static final Duration TTL = Duration.ofDays(3652);

  private PkiBootstrap() {}

  /// Fills a sibling directory and gives it the right name as the last step: a process that dies in
  /// between leaves no authority without its key or its certificate.
  ///
  /// @param directory missing or empty
  static void create(Path directory, InstantSource clock) throws IOException {
    Path staging = directory.resolveSibling("." + directory.getFileName() + ".new");
    deleteLeftover(staging);
    AtomicFiles.ensurePrivateDirectory(staging);
    var files = new PkiFiles(staging);
    createAuthority(files, PkiFiles.SERVER_AUTHORITY, "croft CA", clock);
    createAuthority(files, PkiFiles.CLIENT_AUTHORITY, "croft client CA", clock);
    KeyPair serviceAccounts = KeyPairs.generate();
    files.writeKey(PkiFiles.SERVICE_ACCOUNTS, serviceAccounts.getPrivate());
    files.writePublicKey(PkiFiles.SERVICE_ACCOUNTS, serviceAccounts.getPublic());
    Files.move(staging, directory, ATOMIC_MOVE);
    AtomicFiles.syncDirectory(directory.resolveSibling("."));
    LOG.atInfo().addKeyValue("directory", directory).log("Created the certificate authorities");
  }

  /// The digits keep the names of two sites' authorities apart in a bundle.
  static void createAuthority(PkiFiles files, String name, String title, InstantSource clock)
      throws IOException {
    String digits = HexFormat.of().toHexDigits(RandomGenerator.getDefault().nextInt());
    KeyPair pair = KeyPairs.generate();
    var certificate = CertificateWriter.authority(pair, title + " " + digits, clock.instant(), TTL);
    files.writeKey(name, pair.getPrivate());
    files.writeCertificates(name, List.of(certificate));
  }

  private static void deleteLeftover(Path staging) throws IOException {
    if (Files.notExists(staging)) {
      return;
    }
    try (var files = Files.list(staging)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(staging);
  }
}
