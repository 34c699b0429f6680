package io.croft.fleet.agent;

import java.util.List;

/// What keeps a copy of the appliance on a host that has joined as server.
public interface Standby extends AutoCloseable {
  void start();

  /// Why the copy is not current; empty while it is.
  List<String> troubles();

  @Override
  void close();
}
