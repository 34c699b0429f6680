package io.croft.fleet.agent;

import java.util.Map;
import java.util.Optional;

/// What runs containers on a host. Where it does, its kubelet keeps the node and its lease, and the
/// host's agent tells only what that does not know. Thread-safe.
public interface HostEngine {
  /// On a host that is never to run any.
  HostEngine NONE =
      new HostEngine() {
        @Override
        public Optional<String> trouble() {
          return Optional.empty();
        }

        @Override
        public void reach(ServerLink appliance) {}

        @Override
        public Map<String, String> environment() {
          return Map.of();
        }
      };

  /// Why the kubelet does not run, in one line; an empty text when it does. Empty while the host
  /// runs no containers.
  Optional<String> trouble();

  /// Told by which way the appliance is reached, from now on.
  void reach(ServerLink appliance);

  /// What the scripts of machine components find besides.
  Map<String, String> environment();
}
