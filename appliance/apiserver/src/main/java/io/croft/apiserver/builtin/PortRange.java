package io.croft.apiserver.builtin;

/// Ports from one to another, both inclusive.
public record PortRange(int first, int last) {
  /// kube-apiserver's usual ports of nodes.
  public static final PortRange USUAL = new PortRange(30_000, 32_767);

  public PortRange {
    if (first < 1 || last > 65_535 || first > last) {
      throw new IllegalArgumentException("expected a range of ports between 1 and 65535");
    }
  }

  /// Reads `30000-32767`.
  ///
  /// @throws IllegalArgumentException when it is something else
  public static PortRange parse(String text) {
    if (!text.matches("[0-9]{1,5}-[0-9]{1,5}")) {
      throw new IllegalArgumentException("expected a range of ports such as " + USUAL);
    }
    String[] ends = text.split("-");
    return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
  }

  boolean contains(long port) {
    return port >= first && port <= last;
  }

  int size() {
    return last - first + 1;
  }

  /// The form that `parse` reads.
  @Override
  public String toString() {
    return first + "-" + last;
  }
}
