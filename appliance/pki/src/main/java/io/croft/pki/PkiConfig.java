package io.croft.pki;

import java.time.Duration;
import java.util.Optional;

/// How the appliance keeps its keys and certificates.
///
/// @param overlap how long a certificate that was replaced counts as in use still; from 3 seconds
///   on, as an appliance that runs looks once a second whether there are others
/// @param lives for how long certificates are made
/// @param keys how key files are read and written
/// @param publicUrl where clients reach `/pki`, for the pointers in certificates; without a slash
///   at the end
public record PkiConfig(
    Duration overlap, Lives lives, KeyEncoding keys, Optional<String> publicUrl) {
  public static final Duration MIN_OVERLAP = Duration.ofSeconds(3);
  public static final PkiConfig DEFAULT =
      new PkiConfig(Duration.ofHours(24), Lives.USUAL, KeyEncoding.PLAIN, Optional.empty());

  /// What everybody who trusts has heard of by then.
  private static final Duration HEARD = Duration.ofMinutes(1);

  /// How long certificates live, each at most as long as what issued it.
  public record Lives(Duration root, Duration authority, Duration leaf) {
    public static final Lives USUAL =
        new Lives(Duration.ofDays(3652), Duration.ofDays(1826), Duration.ofDays(365));
  }

  public PkiConfig {
    if (overlap.compareTo(MIN_OVERLAP) < 0) {
      throw new IllegalArgumentException("the overlap must be at least " + MIN_OVERLAP);
    }
  }

  public PkiConfig withOverlap(Duration value) {
    return new PkiConfig(value, lives, keys, publicUrl);
  }

  public PkiConfig withLives(Lives value) {
    return new PkiConfig(overlap, value, keys, publicUrl);
  }

  public PkiConfig withKeys(KeyEncoding value) {
    return new PkiConfig(overlap, lives, value, publicUrl);
  }

  public PkiConfig withPublicUrl(Optional<String> value) {
    return new PkiConfig(overlap, lives, keys, value);
  }

  /// How long a new authority is only trusted before it issues, and an old one is still trusted
  /// after the last server that showed its certificate: until all have heard of the change.
  Duration settling() {
    return overlap.compareTo(HEARD) < 0 ? overlap : HEARD;
  }
}
