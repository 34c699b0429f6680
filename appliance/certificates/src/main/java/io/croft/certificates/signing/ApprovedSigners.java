package io.croft.certificates.signing;

import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The issuers whose requests are approved without anybody having a look.
///
/// @param names of `signers` as roles have them, see
///   [io.croft.certificates.api.IssuerKinds#signers]; `*` for all there are
public record ApprovedSigners(Set<String> names) {
  /// Those of cert-manager's own group, as in an installation of upstream's chart.
  public static final String USUAL = "issuers.cert-manager.io/*,clusterissuers.cert-manager.io/*";

  public static final ApprovedSigners NONE = new ApprovedSigners(Set.of());

  private static final String ALL = "*";
  private static final Pattern NAME =
      Pattern.compile("\\*|[a-z0-9-]+(\\.[a-z0-9-]+)+/(\\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)");

  public ApprovedSigners {
    names = Set.copyOf(names);
  }

  /// Reads names with commas between them.
  ///
  /// @throws IllegalArgumentException whose message says what is expected
  public static ApprovedSigners parse(String text) {
    Set<String> names =
        Arrays.stream(text.split(",", -1)).map(String::strip).collect(Collectors.toSet());
    if (!names.stream().allMatch(name -> NAME.matcher(name).matches())) {
      throw new IllegalArgumentException(
          "expected names of signers with commas between them, such as issuers.example.com/*,"
              + " issuers.example.com/NAMESPACE.NAME or clusterissuers.example.com/NAME; * for"
              + " all, and croft.certificates.approve: false for none");
    }
    return new ApprovedSigners(names);
  }

  /// @param signers all names of one issuer
  boolean contains(Collection<String> signers) {
    return names.contains(ALL) || signers.stream().anyMatch(names::contains);
  }
}
