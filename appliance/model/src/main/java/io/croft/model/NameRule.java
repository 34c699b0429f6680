package io.croft.model;

import java.util.List;

/// What the names of a kind must look like.
@FunctionalInterface
public interface NameRule {
  /// @param name a name, or the start of one that will be generated
  /// @param prefix whether it is only a start, to which letters and digits will be added
  /// @return what is wrong with it; empty when nothing is
  List<String> check(String name, boolean prefix);
}
