package io.croft.pki;

import io.croft.pki.Authorities.Member;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Replaces authorities: makes the next generation in time, and retires an old one when nothing
/// depends on it any more. Every step is one renaming or one small file and follows from what is
/// there, so that whoever comes after a crash goes on with it.
record Rotation(Generations generations, PkiConfig config, Registry registry, InstantSource clock) {
  private static final Logger LOG = LoggerFactory.getLogger(Rotation.class);

  /// A new generation under the same root is worth it if it lives longer by this.
  private static final Duration WORTHWHILE = Duration.ofDays(1);

  /// Makes a generation.
  ///
  /// @return its number
  int create(RootKey root) throws IOException, PkiException {
    Instant now = clock.instant();
    try (var _ = PkiLock.take(generations.pki())) {
      int number =
          generations.create(
              now,
              directory ->
                  GenerationFiles.of(directory, config.keys()).make(root, now, config.lives()));
      LOG.atInfo()
          .addKeyValue("generation", number)
          .addKeyValue("root", root.chain().getLast().getSubjectX500Principal())
          .log("Created certificate authorities");
      return number;
    }
  }

  /// Takes whatever steps are due. For the process that owns the directory.
  void advance(Authorities authorities) throws IOException, PkiException {
    if (authorities.settled()) {
      renew(authorities.newest());
    }
    for (Member member : authorities.members()) {
      if (member.number() != authorities.newest().number()) {
        leave(member, authorities);
      }
    }
  }

  private void renew(Member newest) throws IOException, PkiException {
    Instant now = clock.instant();
    List<X509Certificate> due =
        newest.issuers().values().stream()
            .map(CertificateAuthority.Issuer::certificate)
            .filter(certificate -> Renewal.isDue(certificate, now))
            .toList();
    if (due.isEmpty()) {
      return;
    }
    if (newest.generation().isFirst()) {
      create(RootKey.make(now, config.lives().root()));
      return;
    }
    var files = GenerationFiles.of(newest.generation().directory(), config.keys());
    Optional<RootKey> root = files.root();
    if (root.isPresent() && livesLonger(root.get(), due.getFirst(), now)) {
      create(root.get());
    } else if (root.isPresent() && !root.get().imported()) {
      create(RootKey.make(now, config.lives().root()));
    } else {
      LOG.atError()
          .addKeyValue("notAfter", due.getFirst().getNotAfter().toInstant())
          .log(
              root.isEmpty() && !files.imported()
                  ? "Certificate authorities cannot be renewed without root.key: put it back,"
                      + " or make another root with: croft cert ca rotate"
                  : root.isEmpty()
                      ? "Certificate authorities cannot be renewed without the key of the imported"
                          + " one: import it again, or its successor, with: croft cert ca import"
                      : "The imported certificate authority ends: import its successor with:"
                          + " croft cert ca import");
    }
  }

  private boolean livesLonger(RootKey root, X509Certificate present, Instant now) {
    if (!root.imported() && Renewal.isDue(root.certificate(), now)) {
      return false;
    }
    Instant end = now.plus(config.lives().authority());
    for (X509Certificate above : root.chain()) {
      Instant other = above.getNotAfter().toInstant();
      end = other.isBefore(end) ? other : end;
    }
    return end.isAfter(present.getNotAfter().toInstant().plus(WORTHWHILE));
  }

  /// Has servers leave a generation, then everyone.
  private void leave(Member member, Authorities authorities) throws IOException, PkiException {
    Instant now = clock.instant();
    Generation generation = member.generation();
    Instant begun = authorities.issuing().generation().created();
    if (generation.superseded().isEmpty()) {
      boolean replaced = authorities.issuing().number() > generation.number();
      boolean heard = !now.isBefore(begun.plus(config.overlap()));
      boolean late =
          Renewal.isLate(member.issuer(Purpose.SERVERS).certificate(), now)
              || Renewal.isLate(member.root(), now);
      if (replaced && ((heard && unused(generation, now)) || late)) {
        generations.supersede(generation, now);
        LOG.atInfo()
            .addKeyValue("generation", generation.number())
            .log("Servers no longer use certificate authorities that were replaced");
      }
      return;
    }
    boolean left = !now.isBefore(generation.superseded().get().plus(config.settling()));
    boolean over =
        member.issuers().values().stream()
            .allMatch(issuer -> now.isAfter(issuer.certificate().getNotAfter().toInstant()));
    if (left && (over || unused(generation, now))) {
      try (var _ = PkiLock.take(generations.pki())) {
        generations.retire(generation);
      }
      LOG.atInfo()
          .addKeyValue("generation", generation.number())
          .log("Certificate authorities are retired; nothing depends on them any more");
    }
  }

  private boolean unused(Generation generation, Instant now) throws IOException, PkiException {
    return registry.unrecordedUntil(generation.created()).filter(now::isBefore).isEmpty()
        && registry.inUse(generation.number(), now, config.overlap()).isEmpty();
  }
}
