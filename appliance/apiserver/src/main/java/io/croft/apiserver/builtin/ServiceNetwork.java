package io.croft.apiserver.builtin;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What services are given: addresses out of a range, or of one for each family, and ports that
/// every node opens.
///
/// @param ranges one, or two of different families; the first is of the family that services have
///   which do not say
/// @param ports the ports that are given
public record ServiceNetwork(List<ServiceRange> ranges, PortRange ports) {
  /// kube-apiserver's usual range.
  public static final String USUAL_RANGE = "10.96.0.0/12";

  /// kube-apiserver's usual range and ports.
  public static final ServiceNetwork USUAL = parse(USUAL_RANGE);

  private static final String EXPECTED =
      "expected a range of addresses such as 10.96.0.0/12, or two of different families, separated"
          + " by a comma";

  public ServiceNetwork {
    ranges = List.copyOf(ranges);
    long families = ranges.stream().map(ServiceRange::family).distinct().count();
    if (ranges.isEmpty() || families != ranges.size()) {
      throw new IllegalArgumentException(EXPECTED);
    }
  }

  /// Reads one range, or two as in `10.96.0.0/12,fd00:10:96::/112`; with the usual ports.
  ///
  /// @throws IllegalArgumentException when it is something else
  public static ServiceNetwork parse(String text) {
    var ranges = new ArrayList<ServiceRange>();
    for (String range : text.split(",", -1)) {
      ranges.add(ServiceRange.parse(range.strip()));
    }
    return new ServiceNetwork(ranges, PortRange.USUAL);
  }

  public ServiceNetwork withPorts(PortRange given) {
    return new ServiceNetwork(ranges, given);
  }

  boolean dualStack() {
    return ranges.size() > 1;
  }

  Optional<ServiceRange> range(String family) {
    return ranges.stream().filter(range -> range.family().equals(family)).findFirst();
  }
}
