package io.croft.fleet.agent;

import java.io.IOException;
import java.nio.file.Path;

/// The appliance that a host has joined, as the host reaches it. Thread-safe.
public interface ServerLink {
  /// @param path with its query
  /// @param body in JSON; empty for none
  /// @throws io.croft.model.StatusException when the appliance refuses
  byte[] ask(String method, String path, byte[] body) throws IOException, InterruptedException;

  /// Has an answer of any length written to a file (mode 0600), which is replaced.
  ///
  /// @param path with its query
  /// @throws io.croft.model.StatusException when the appliance refuses
  /// @throws IOException when it does not come to its end; the file has some of it then
  void download(String path, Path file) throws IOException, InterruptedException;
}
