package io.croft.app.doctor;

import io.croft.app.runtime.Endpoint;
import io.croft.app.runtime.PkiSettings;
import io.croft.base.AtomicFiles;
import io.croft.base.DataDirectory;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What lies in the data directory.
final class StateChecks {
  static final List<Check> ALL =
      List.of(
          Check.of("data-directory", StateChecks::dataDirectory),
          Check.of("permissions", StateChecks::permissions),
          Check.of("left-behind", StateChecks::leftBehind),
          Check.of("keys", StateChecks::keys),
          Check.of("certificates", StateChecks::certificates));

  private static final Duration SOON = Duration.ofDays(90);

  private StateChecks() {}

  private static Finding dataDirectory(Host host) throws IOException {
    Path directory = host.dataDir();
    if (Files.notExists(directory)) {
      Path parent = host.existingDataDir();
      return Files.isWritable(parent)
          ? Finding.ok("%s will be made".formatted(directory))
          : Finding.error(
              "%s cannot be made: %s is not writable".formatted(directory, parent),
              "run as root, or choose another: --data-dir");
    }
    String owner = Files.getOwner(directory).getName();
    String user = System.getProperty("user.name");
    if (!owner.equals(user)) {
      return Finding.error(
          "%s belongs to %s, you are %s".formatted(directory, owner, user), "run as " + owner);
    }
    Path marker = directory.resolve("format");
    String format = Files.exists(marker) ? Files.readString(marker).strip() : "";
    return format.isEmpty() || format.equals(String.valueOf(DataDirectory.FORMAT))
        ? Finding.ok(directory.toString())
        : Finding.error(
            "%s was written by format %s; this croft knows %d"
                .formatted(directory, format, DataDirectory.FORMAT),
            "use the croft that wrote it");
  }

  private static Finding permissions(Host host) throws IOException {
    var wide = new TreeMap<Path, Set<PosixFilePermission>>();
    for (Path file : secrets(host.dataDir())) {
      Set<PosixFilePermission> mode =
          Files.isDirectory(file) ? AtomicFiles.PRIVATE_DIRECTORY : AtomicFiles.SECRET;
      if (!mode.containsAll(Files.getPosixFilePermissions(file))) {
        wide.put(file, mode);
      }
    }
    if (wide.isEmpty()) {
      return Finding.ok("secrets are for their owner only");
    }
    return Finding.error(
            "others can read " + wide.firstKey() + (wide.size() > 1 ? " and more" : ""),
            "croft doctor --fix, or chmod go= on them; keys that others may have read: croft cert"
                + " ca rotate")
        .mendedBy(() -> narrow(wide));
  }

  private static void narrow(Map<Path, Set<PosixFilePermission>> wide) throws IOException {
    for (var entry : wide.entrySet()) {
      AtomicFiles.narrow(entry.getKey(), entry.getValue());
    }
  }

  /// The directory itself, and what in it must be kept from others.
  private static List<Path> secrets(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return List.of();
    }
    var secrets = new ArrayList<>(List.of(directory));
    for (String name : List.of("pki", "store", "logs", "run", "secrets.key", "admin.kubeconfig")) {
      if (Files.exists(directory.resolve(name))) {
        secrets.add(directory.resolve(name));
      }
    }
    if (Files.isDirectory(directory.resolve("pki"))) {
      try (Stream<Path> files = Files.walk(directory.resolve("pki"))) {
        files.filter(file -> file.toString().endsWith(".key")).forEach(secrets::add);
      }
    }
    return secrets;
  }

  private static Finding leftBehind(Host host) throws IOException {
    if (host.appliance().isPresent()) {
      return Finding.skipped("croft runs");
    }
    Path pid = host.dataDir().resolve("croft.pid");
    return Files.exists(pid) || Endpoint.read(host.dataDir()).isPresent()
        ? Finding.warning(
                "croft was killed, or the machine lost power: it left its pid and address behind",
                "nothing is lost; the next start, or croft doctor --fix, clears that")
            .mendedBy(() -> {
              Files.deleteIfExists(pid);
              Endpoint.forget(host.dataDir());
            })
        : Finding.ok("nothing");
  }

  private static Finding keys(Host host) throws IOException {
    Path pki = host.dataDir().resolve("pki");
    if (Files.notExists(pki)) {
      return Finding.skipped("there are none yet");
    }
    try {
      Pki.read(pki, PkiSettings.config(host.configuration().settings()), host.clock());
      return Finding.ok("readable, and each with its certificate");
    } catch (PkiException e) {
      return Finding.error(
          String.valueOf(e.getMessage()),
          "put the files back from a backup; nothing is overwritten");
    }
  }

  private static Finding certificates(Host host) throws IOException {
    Path pki = host.dataDir().resolve("pki");
    if (Files.notExists(pki)) {
      return Finding.skipped("there are none yet");
    }
    Instant now = host.clock().instant();
    var expired = new ArrayList<String>();
    var soon = new ArrayList<String>();
    Instant first = Instant.MAX;
    for (Path file : certificateFiles(pki)) {
      Instant end = end(file);
      first = end.isBefore(first) ? end : first;
      boolean authority = file.startsWith(pki.resolve("authorities"));
      String told = "%s (%s)".formatted(pki.relativize(file), end.truncatedTo(ChronoUnit.SECONDS));
      if (end.isBefore(now)) {
        expired.add(told);
      } else if (authority && end.isBefore(now.plus(SOON))) {
        soon.add(told);
      }
    }
    if (!expired.isEmpty()) {
      return Finding.error(
          "ended: " + String.join(", ", expired),
          "start croft: it renews its leaves; authorities: croft cert ca rotate");
    }
    return soon.isEmpty()
        ? Finding.ok("the first ends at %s".formatted(first.truncatedTo(ChronoUnit.SECONDS)))
        : Finding.warning(
            "authorities end within 90 days: " + String.join(", ", soon), "croft cert ca rotate");
  }

  /// Those in use: not what was retired.
  private static List<Path> certificateFiles(Path pki) throws IOException {
    try (Stream<Path> files = Files.walk(pki)) {
      return files
          .filter(file -> file.toString().endsWith(".crt"))
          .filter(file -> !file.startsWith(pki.resolve("retired")))
          .sorted()
          .toList();
    }
  }

  /// When the first certificate of a file ends; at once when it holds none.
  private static Instant end(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      return certificate.getNotAfter().toInstant();
    } catch (CertificateException e) {
      return Instant.MIN;
    }
  }
}
