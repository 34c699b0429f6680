package io.croft.pki;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;

/// When a certificate is replaced: at two thirds of its life, less up to a twentieth of it. How
/// much less is told by the serial number, which is random, so that certificates made together are
/// not all renewed together, and one is due at the same moment whoever asks.
public final class Renewal {
  private static final int STEPS = 1_000;
  private static final int JITTER_PARTS = 20;

  private Renewal() {}

  public static Instant due(X509Certificate certificate) {
    Instant begin = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(begin, certificate.getNotAfter().toInstant());
    int step = certificate.getSerialNumber().mod(BigInteger.valueOf(STEPS)).intValue();
    Duration earlier = life.dividedBy(JITTER_PARTS).multipliedBy(step).dividedBy(STEPS);
    return begin.plus(life.multipliedBy(2).dividedBy(3)).minus(earlier);
  }

  static boolean isDue(X509Certificate certificate, Instant now) {
    return !now.isBefore(due(certificate));
  }

  /// Whether so little is left that waiting for others would be worse than leaving them behind.
  static boolean isLate(X509Certificate certificate, Instant now) {
    Instant begin = certificate.getNotBefore().toInstant();
    Instant end = certificate.getNotAfter().toInstant();
    return !now.isBefore(end.minus(Duration.between(begin, end).dividedBy(10)));
  }
}
