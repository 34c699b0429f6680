package io.croft.fleet.join;

import io.croft.fleet.kinds.FleetKinds;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.IssuedCertificate;
import io.croft.pki.PkiException;
import io.croft.pki.Purpose;
import io.croft.pki.Registry;
import io.croft.pki.RevokedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// What was certified to hosts, by their names, what runs containers on them apart. Since all of a
/// host's certificates are taken back before another key gets one of its name, those that were not
/// are of its present key. Thread-safe.
final class HostCertificates {
  /// So many may be issued in [#WINDOW]: some for a host that is interrupted while it joins.
  static final int MOST = 4;

  private static final Duration WINDOW = Duration.ofMinutes(10);

  /// The part of a certificate's life that is the window at most, so that it never hinders renewal.
  private static final int PART_OF_LIFE = 10;

  private final Supplier<CertificateAuthority> authority;
  private final Duration window;
  private final InstantSource clock;

  /// @param authority issues what hosts log in with
  /// @param life of what it issues to them
  HostCertificates(Supplier<CertificateAuthority> authority, Duration life, InstantSource clock) {
    Duration part = life.dividedBy(PART_OF_LIFE);
    this.authority = authority;
    this.window = part.compareTo(WINDOW) < 0 ? part : WINDOW;
    this.clock = clock;
  }

  /// Whether what a host got last was taken back, rather than has expired, or anything of it since
  /// then: what has expired meanwhile could not be taken back.
  boolean isTakenBack(String machine) {
    List<IssuedCertificate> own = issued().stream().filter(c -> isOf(c, machine)).toList();
    if (own.isEmpty()) {
      return false;
    }
    IssuedCertificate newest = own.getLast();
    Set<BigInteger> serials =
        own.stream().map(IssuedCertificate::serial).collect(Collectors.toSet());
    return revocations().stream()
        .filter(r -> serials.contains(r.serial()))
        .anyMatch(r -> r.serial().equals(newest.serial()) || r.revoked().isAfter(newest.issued()));
  }

  /// Whether a host got so many certificates just now that it gets no other for a while.
  boolean areTooMany(String machine) {
    Instant since = clock.instant().minus(window);
    var recent =
        issued().stream()
            .filter(c -> c.issued().isAfter(since))
            .filter(c -> isOf(c, machine))
            .toList();
    if (recent.size() < MOST) {
      return false;
    }
    Set<BigInteger> revoked =
        revocations().stream().map(RevokedCertificate::serial).collect(Collectors.toSet());
    return recent.stream().filter(c -> !revoked.contains(c.serial())).count() >= MOST;
  }

  private static boolean isOf(IssuedCertificate certificate, String machine) {
    return certificate.purpose() == Purpose.CLIENTS
        && certificate.commonName().equals(FleetKinds.NODE_USER + machine)
        && !certificate.organizations().contains(FleetKinds.HOST_GROUP + machine);
  }

  private List<IssuedCertificate> issued() {
    try {
      return registry().issued();
    } catch (IOException | PkiException e) {
      throw new IllegalStateException("it cannot be told which certificates were issued", e);
    }
  }

  private List<RevokedCertificate> revocations() {
    try {
      return registry().revoked();
    } catch (IOException | PkiException e) {
      throw new IllegalStateException("it cannot be told which certificates are revoked", e);
    }
  }

  private Registry registry() {
    return authority.get().registry();
  }
}
