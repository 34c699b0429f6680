package io.croft.engine.k3s;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A release of k3s, such as `v1.34.1+k3s1`.
///
/// @param text as k3s itself says it
public record K3sVersion(int major, int minor, String text) {
  private static final Pattern FORM =
      Pattern.compile("v(\\d{1,4})\\.(\\d{1,4})\\.\\d{1,6}([-+.][0-9A-Za-z.+-]{0,64})?");

  /// @throws IllegalArgumentException when it is none
  public static K3sVersion parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException("expected a release such as v1.34.1+k3s1");
    }
    return new K3sVersion(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)), text);
  }

  /// Whether a cluster of this version may go on with another: Kubernetes goes up one minor version
  /// at a time, and down only within one.
  public boolean leadsTo(K3sVersion next) {
    int step = next.minor - minor;
    return next.major == major && (step == 0 || step == 1);
  }

  @Override
  public String toString() {
    return text;
  }
}
