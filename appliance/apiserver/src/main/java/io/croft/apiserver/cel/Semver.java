package io.croft.apiserver.cel;

import dev.cel.common.types.OpaqueType;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A version by the rules of semver.org. What stands behind `+` is kept out of comparisons.
///
/// @param pre the identifiers before the release: `[rc, 1]`
record Semver(long major, long minor, long patch, List<String> pre)
    implements Types.Opaque, Comparable<Semver> {
  static final OpaqueType TYPE = OpaqueType.create("kubernetes.Semver");

  private static final int MAX_LENGTH = 256;
  private static final String NUMBER = "(0|[1-9][0-9]{0,17})";
  private static final Pattern FORM =
      Pattern.compile(
          NUMBER
              + "\\."
              + NUMBER
              + "\\."
              + NUMBER
              + "(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?");

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  /// @param normalize whether `v1.02` will do for `1.2.0`
  static Semver parse(String text, boolean normalize) {
    String version = normalize && text.length() <= MAX_LENGTH ? normalized(text) : text;
    Matcher parts = FORM.matcher(version);
    if (version.length() > MAX_LENGTH || !parts.matches()) {
      throw invalid(text);
    }
    String pre = parts.group(4);
    List<String> identifiers = pre == null ? List.of() : List.of(pre.split("\\."));
    if (identifiers.stream().anyMatch(i -> i.length() > 1 && i.startsWith("0") && isNumber(i))) {
      throw invalid(text);
    }
    return new Semver(
        Long.parseLong(parts.group(1)),
        Long.parseLong(parts.group(2)),
        Long.parseLong(parts.group(3)),
        identifiers);
  }

  private static CelException invalid(String text) {
    return new CelException("cannot parse semantic version " + Texts.quoted(text));
  }

  static boolean isValid(String text, boolean normalize) {
    try {
      parse(text, normalize);
      return true;
    } catch (CelException e) {
      return false;
    }
  }

  private static String normalized(String text) {
    String version = text.startsWith("v") ? text.substring(1) : text;
    int end = 0;
    while (end < version.length() && "-+".indexOf(version.charAt(end)) < 0) {
      end++;
    }
    var numbers = new StringBuilder();
    List<String> parts = List.of(version.substring(0, end).split("\\.", -1));
    if (parts.size() < 3 && end < version.length()) {
      return text; // a short version has no suffix
    }
    for (int i = 0; i < Math.max(3, parts.size()); i++) {
      String part = i < parts.size() ? parts.get(i) : "0";
      numbers.append(i == 0 ? "" : ".").append(part.replaceFirst("^0+(?=[0-9])", ""));
    }
    return numbers + version.substring(end);
  }

  @Override
  public int compareTo(Semver other) {
    int byNumbers = Long.compare(major, other.major);
    byNumbers = byNumbers == 0 ? Long.compare(minor, other.minor) : byNumbers;
    byNumbers = byNumbers == 0 ? Long.compare(patch, other.patch) : byNumbers;
    if (byNumbers != 0) {
      return byNumbers;
    }
    if (pre.isEmpty() || other.pre.isEmpty()) {
      return Boolean.compare(pre.isEmpty(), other.pre.isEmpty());
    }
    for (int i = 0; i < Math.min(pre.size(), other.pre.size()); i++) {
      int byIdentifier = compareIdentifiers(pre.get(i), other.pre.get(i));
      if (byIdentifier != 0) {
        return byIdentifier;
      }
    }
    return Integer.compare(pre.size(), other.pre.size());
  }

  private static boolean isNumber(String identifier) {
    return identifier.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /// Numbers by their amount, and before any text.
  private static int compareIdentifiers(String a, String b) {
    boolean first = isNumber(a);
    boolean second = isNumber(b);
    if (first && second) {
      int byLength = Integer.compare(a.length(), b.length());
      return byLength == 0 ? Integer.signum(a.compareTo(b)) : byLength;
    }
    return first != second ? (first ? -1 : 1) : Integer.signum(a.compareTo(b));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Semver that && compareTo(that) == 0;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(major) * 31
        + Long.hashCode(minor) * 7
        + Long.hashCode(patch)
        + pre.hashCode();
  }
}
