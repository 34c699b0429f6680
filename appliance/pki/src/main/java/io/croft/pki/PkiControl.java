package io.croft.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// What an operator does with the authorities of a directory, whether or not an appliance runs on
/// it. A running one sees the change within a second.
public final class PkiControl {
  private final Path directory;
  private final PkiConfig config;
  private final InstantSource clock;
  private final Generations generations;
  private final Registry registry;

  public PkiControl(Path directory, PkiConfig config, InstantSource clock) {
    this.directory = directory.toAbsolutePath();
    this.config = config;
    this.clock = clock;
    this.generations = new Generations(this.directory);
    this.registry = new Registry(this.directory);
  }

  /// Makes a new root and the authorities below it, which replace those there are.
  ///
  /// @return the number of their generation
  /// @throws PkiException when a rotation is in progress that has not come to issue yet
  public int rotate() throws IOException, PkiException {
    requireSettled();
    return rotation().create(RootKey.make(clock.instant(), config.lives().root()));
  }

  /// Makes authorities below one of the user's own, which replace those there are.
  ///
  /// @param certificates the user's authority and those above it up to the root, in any order
  /// @return the number of their generation
  /// @throws PkiException when it cannot be used, or a rotation is in progress that has not come to
  ///   issue yet; nothing is changed then
  public int importAuthority(List<X509Certificate> certificates, PrivateKey key)
      throws IOException, PkiException {
    return use(ImportedAuthority.check(certificates, key, false, clock.instant()));
  }

  /// As above, for a key that stays on its token.
  public int importAuthority(TokenKey token) throws IOException, PkiException {
    return use(ImportedAuthority.check(token.chain(), token.key(), true, clock.instant()));
  }

  private int use(ImportedAuthority authority) throws IOException, PkiException {
    requireSettled();
    return rotation().create(authority.root());
  }

  /// Has nobody trust a generation any more that was replaced.
  ///
  /// @param force although certificates of it are in use
  /// @throws PkiException when it is not there, was not replaced, or is in use
  public void retire(int number, boolean force) throws IOException, PkiException {
    AuthorityStatus status =
        authorities().stream()
            .filter(s -> s.generation() == number)
            .findFirst()
            .orElseThrow(() ->
                new PkiException("there is no generation %d that is trusted".formatted(number)));
    if (status.state() == AuthorityStatus.State.CURRENT) {
      throw new PkiException(
          "generation %d issues; replace it first: croft cert ca rotate".formatted(number));
    }
    boolean inUse = !status.inUse().isEmpty() || clock.instant().isBefore(status.unrecordedUntil());
    if (inUse && !force) {
      throw new PkiException(
          "certificates of generation %d are in use (croft cert ca show %d); --force cuts their holders off"
              .formatted(number, number));
    }
    for (Generation generation : generations.active()) {
      if (generation.number() == number) {
        try (var _ = PkiLock.take(directory)) {
          generations.retire(generation);
        }
      }
    }
  }

  /// Two at a time would leave everyone guessing which one is meant.
  private void requireSettled() throws IOException, PkiException {
    Authorities authorities = load();
    if (!authorities.settled()) {
      throw new PkiException(
          "generation %d of the authorities was made only just and is not in use yet; wait until it is (croft cert ca list)"
              .formatted(authorities.newest().number()));
    }
  }

  /// How the generations in force stand, the oldest first.
  public List<AuthorityStatus> authorities() throws IOException, PkiException {
    Authorities authorities = load();
    Instant now = clock.instant();
    var statuses = new ArrayList<AuthorityStatus>();
    for (Authorities.Member member : authorities.members()) {
      Generation generation = member.generation();
      boolean rootKeyHere =
          generation.isFirst()
              || GenerationFiles.of(generation.directory(), config.keys()).hasRootKey();
      statuses.add(
          new AuthorityStatus(
              generation.number(),
              state(member, authorities),
              member.root(),
              rootKeyHere,
              authorities.all().stream()
                  .filter(a -> a.generation() == generation.number())
                  .toList(),
              registry.inUse(generation.number(), now, config.overlap()),
              registry.unrecordedUntil(generation.created()).orElse(Instant.MIN)));
    }
    return List.copyOf(statuses);
  }

  private static AuthorityStatus.State state(Authorities.Member member, Authorities authorities) {
    if (member.number() == authorities.issuing().number()) {
      return AuthorityStatus.State.CURRENT;
    }
    if (member.number() > authorities.issuing().number()) {
      return AuthorityStatus.State.ANNOUNCED;
    }
    return member.generation().superseded().isEmpty()
        ? AuthorityStatus.State.REPLACED
        : AuthorityStatus.State.SUPERSEDED;
  }

  /// What was issued and not revoked, and lives.
  public List<IssuedCertificate> living() throws IOException, PkiException {
    Instant now = clock.instant();
    var living = new ArrayList<IssuedCertificate>();
    for (IssuedCertificate entry : registry.issued()) {
      if (entry.lives(now) && !registry.isRevoked(entry.serial())) {
        living.add(entry);
      }
    }
    return List.copyOf(living);
  }

  /// Takes certificates back.
  public void revoke(List<IssuedCertificate> certificates, RevokedCertificate.Reason reason)
      throws IOException, PkiException {
    Instant now = clock.instant();
    registry.revoke(
        certificates.stream()
            .map(c ->
                new RevokedCertificate(
                    now, c.generation(), c.purpose(), c.serial(), c.notAfter(), reason))
            .toList());
  }

  /// Takes one certificate back, whether or not it was written down when it was issued.
  ///
  /// @throws PkiException when it is of none of our authorities
  public void revoke(X509Certificate certificate, RevokedCertificate.Reason reason)
      throws IOException, PkiException {
    CertificateAuthority issuer =
        load().all().stream()
            .filter(authority -> authority.issued(certificate))
            .findFirst()
            .orElseThrow(() ->
                new PkiException(
                    "the certificate of %s was issued by none of the authorities that are trusted here"
                        .formatted(certificate.getSubjectX500Principal())));
    Instant now = clock.instant();
    revoke(
        List.of(IssuedCertificate.of(certificate, issuer.generation(), issuer.purpose(), now)),
        reason);
  }

  private Rotation rotation() {
    return new Rotation(generations, config, registry, clock);
  }

  private Authorities load() throws IOException, PkiException {
    List<Generation> active = generations.active();
    if (active.isEmpty()) {
      throw new PkiException(
          "there are no authorities in %s; start an appliance first: croft up"
              .formatted(directory));
    }
    return Authorities.load(
        active, config, new CertificateAuthority.Surroundings(registry, config.publicUrl(), clock));
  }
}
