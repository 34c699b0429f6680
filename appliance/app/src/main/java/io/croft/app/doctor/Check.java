package io.croft.app.doctor;

import java.io.IOException;

/// One thing that the doctor looks at.
///
/// @param name what users and scripts know it by
/// @param containers whether it matters only where containers run
record Check(String name, boolean containers, Probe probe) {
  /// Looks, and changes nothing.
  @FunctionalInterface
  interface Probe {
    /// @throws IOException when it cannot be seen
    Finding look(Host host) throws IOException;
  }

  static Check of(String name, Probe probe) {
    return new Check(name, false, probe);
  }

  static Check forContainers(String name, Probe probe) {
    return new Check(name, true, probe);
  }
}
