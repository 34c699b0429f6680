package io.croft.certificates.injection;

import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;

/// The authorities in a `caBundle`, where a new one joins those before it: a server goes on being
/// trusted until it, too, has its certificate from the new one.
final class CaBundle {
  /// The oldest go first, should an authority be replaced all the time.
  private static final int MAX = 50;

  private CaBundle() {}

  /// @param present in PEM; what cannot be read counts for nothing
  /// @param added in PEM
  /// @return in PEM, without those that have expired; `added` itself when it cannot be read
  static String merged(String present, String added, Instant now) {
    var merged = new LinkedHashSet<X509Certificate>(certificates(present));
    List<X509Certificate> joining = certificates(added);
    if (joining.isEmpty()) {
      return added;
    }
    merged.addAll(joining);
    merged.removeIf(c -> now.isAfter(c.getNotAfter().toInstant()));
    if (merged.isEmpty()) {
      return added;
    }
    List<X509Certificate> all = List.copyOf(merged);
    return Pem.encode(all.subList(Math.max(0, all.size() - MAX), all.size()));
  }

  private static List<X509Certificate> certificates(String pem) {
    try {
      return Pem.certificates(pem);
    } catch (PkiException e) {
      return List.of();
    }
  }
}
