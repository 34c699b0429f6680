package io.croft.fleet.agent;

/// Told by a host's agent whether the appliance hears of the host. Must not block for long.
public interface Contact {
  /// The appliance has heard of the host; told at every beat.
  void heard();

  /// It has not.
  ///
  /// @param cause in one line
  void missed(String cause);
}
