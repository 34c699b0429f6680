package io.croft.model;

import java.util.List;
import java.util.function.Function;

/// What the names of a kind must look like.
@FunctionalInterface
public interface NameRule {
  /// The rule for most kinds, custom resources included.
  NameRule DNS_SUBDOMAIN = dns(Names::dns1123Subdomain);

  /// The rule for namespaces and for what becomes a host name.
  NameRule DNS_LABEL = dns(Names::dns1123Label);

  /// The rule for services.
  NameRule DNS_1035_LABEL = dns(Names::dns1035Label);

  /// The rule for RBAC, whose names hold colons.
  NameRule PATH_SEGMENT =
      (name, prefix) ->
          prefix && (name.equals(".") || name.equals("..")) ? List.of() : Names.pathSegment(name);

  /// @param name a name, or the start of one that will be generated
  /// @param prefix whether it is only a start, to which letters and digits will be added
  /// @return what is wrong with it; empty when nothing is
  List<String> check(String name, boolean prefix);

  private static NameRule dns(Function<String, List<String>> form) {
    return (name, prefix) -> form.apply(prefix ? completed(name) : name);
  }

  /// A start may end in a dash; what follows makes it a whole name.
  private static String completed(String prefix) {
    return prefix.length() > 1 && prefix.endsWith("-")
        ? prefix.substring(0, prefix.length() - 2) + "a"
        : prefix;
  }
}
