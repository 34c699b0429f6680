package io.croft.apiserver.resource;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The order of API versions: stable before beta before alpha, newer before older, other names last
/// by alphabet (CRD documentation, "Version priority").
public final class KubeVersion {
  private static final Pattern SHAPE = Pattern.compile("v(\\d{1,9})(?:(alpha|beta)(\\d{1,9}))?");

  public static final Comparator<String> NEWEST_FIRST =
      Comparator.comparingInt(KubeVersion::stage)
          .thenComparing(Comparator.comparingInt((String v) -> number(v, 1)).reversed())
          .thenComparing(Comparator.comparingInt((String v) -> number(v, 3)).reversed())
          .thenComparing(Comparator.naturalOrder());

  private KubeVersion() {}

  private static int stage(String version) {
    Matcher m = SHAPE.matcher(version);
    if (!m.matches()) {
      return 3;
    }
    return m.group(2) == null ? 0 : m.group(2).equals("beta") ? 1 : 2;
  }

  private static int number(String version, int group) {
    Matcher m = SHAPE.matcher(version);
    return m.matches() && m.group(group) != null ? Integer.parseInt(m.group(group)) : 0;
  }
}
