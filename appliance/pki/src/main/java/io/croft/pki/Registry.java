package io.croft.pki;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the authorities have issued and taken back, in the files `issued` and `revoked`. Shared by
/// processes; whoever asks sees at once what another has added. Thread-safe.
public final class Registry {
  /// The most that was ever issued without being written down.
  private static final Duration LONGEST_UNRECORDED = Duration.ofDays(366);

  private static final int WORTH_CLEARING = 1_000;

  private final Path directory;
  private final Ledger<IssuedCertificate> issued;
  private final Ledger<RevokedCertificate> revoked;
  private volatile Revoked known = new Revoked(List.of(), Set.of());

  private record Revoked(List<RevokedCertificate> entries, Set<BigInteger> serials) {}

  Registry(Path directory) {
    this.directory = directory;
    this.issued = new Ledger<>(directory.resolve("issued"), IssuedCertificate.FORMAT);
    this.revoked = new Ledger<>(directory.resolve("revoked"), RevokedCertificate.FORMAT);
  }

  /// Remembers since when everything is written down.
  void begin(Instant now) throws IOException {
    Path since = directory.resolve("issued.since");
    if (Files.notExists(since)) {
      // All files are made now, by their owner: another user who may issue, such as root, only
      // adds.
      try (var _ = PkiLock.take(directory)) {
        issued.add(List.of());
      }
      // Certificates know no parts of seconds.
      Instant begun = now.truncatedTo(ChronoUnit.SECONDS);
      AtomicFiles.write(since, begun + "\n", AtomicFiles.PUBLIC);
    }
  }

  /// Until when there may be certificates that were not written down, of an authority that was made
  /// at a moment.
  Optional<Instant> unrecordedUntil(Instant made) throws IOException {
    Path since = directory.resolve("issued.since");
    if (Files.notExists(since)) {
      return Optional.of(Instant.MAX);
    }
    Instant begun = Instant.parse(Files.readString(since).strip());
    return made.isBefore(begun) ? Optional.of(begun.plus(LONGEST_UNRECORDED)) : Optional.empty();
  }

  void add(IssuedCertificate certificate) throws IOException {
    try (var _ = PkiLock.take(directory)) {
      issued.add(List.of(certificate));
    }
  }

  /// In the order in which they were issued; those that have expired may be left out.
  ///
  /// @throws PkiException when the file is damaged
  public List<IssuedCertificate> issued() throws IOException, PkiException {
    return issued.entries();
  }

  /// In the order in which they were revoked; those that have expired may be left out.
  ///
  /// @throws PkiException when the file is damaged
  public List<RevokedCertificate> revoked() throws IOException, PkiException {
    return revoked.entries();
  }

  /// Does nothing for those that are revoked already.
  void revoke(List<RevokedCertificate> certificates) throws IOException, PkiException {
    try (var _ = PkiLock.take(directory)) {
      Set<BigInteger> before = serials();
      var more = certificates.stream().filter(c -> !before.contains(c.serial())).toList();
      if (!more.isEmpty()) {
        revoked.add(more);
      }
    }
  }

  /// Whether a certificate of one of our authorities is revoked. Serial numbers are 128 random
  /// bits, so that one tells who issued it as well.
  ///
  /// @throws PkiException when the file is damaged
  public boolean isRevoked(X509Certificate certificate) throws IOException, PkiException {
    return isRevoked(certificate.getSerialNumber());
  }

  /// @throws PkiException when the file is damaged
  public boolean isRevoked(BigInteger serial) throws IOException, PkiException {
    return serials().contains(serial);
  }

  @SuppressWarnings("ReferenceEquality") // the ledger hands out the same list while it is unchanged
  private Set<BigInteger> serials() throws IOException, PkiException {
    List<RevokedCertificate> entries = revoked.entries();
    Revoked cached = known;
    if (cached.entries() != entries) {
      var serials = new HashSet<BigInteger>();
      entries.forEach(entry -> serials.add(entry.serial()));
      cached = new Revoked(entries, Set.copyOf(serials));
      known = cached;
    }
    return cached.serials();
  }

  /// Forgets what has expired, once that is most of it.
  void clear(Instant now) throws IOException, PkiException {
    List<IssuedCertificate> all = issued.entries();
    long living = all.stream().filter(entry -> entry.lives(now)).count();
    if (all.size() - living > Math.max(WORTH_CLEARING, living)) {
      try (var _ = PkiLock.take(directory)) {
        issued.keep(entry -> entry.lives(now));
        revoked.keep(entry -> now.isBefore(entry.notAfter()));
      }
    }
  }

  /// The certificates of a generation with which someone else may still log in or serve: they live,
  /// are not revoked, and whoever has one was given no other by a later generation at least
  /// `overlap` ago.
  List<IssuedCertificate> inUse(int generation, Instant now, Duration overlap)
      throws IOException, PkiException {
    Map<String, Instant> replaced = new HashMap<>();
    List<IssuedCertificate> all = issued();
    all.stream()
        .filter(entry -> entry.generation() > generation && entry.lives(now))
        .forEach(entry -> replaced.putIfAbsent(who(entry), entry.issued()));
    Set<BigInteger> taken = serials();
    return all.stream()
        .filter(entry -> entry.generation() == generation)
        .filter(entry -> entry.purpose() == Purpose.CLIENTS || entry.purpose() == Purpose.NODES)
        .filter(entry -> entry.lives(now) && !taken.contains(entry.serial()))
        .filter(entry -> {
          Instant since = replaced.get(who(entry));
          return since == null || now.isBefore(since.plus(overlap));
        })
        .toList();
  }

  private static String who(IssuedCertificate entry) {
    return entry.purpose() + " " + entry.subject();
  }
}
