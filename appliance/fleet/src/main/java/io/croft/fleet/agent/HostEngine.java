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
        public Optional<Kubelet> kubelet() {
          return Optional.empty();
        }

        @Override
        public void reach(ServerLink appliance) {}

        @Override
        public Map<String, String> environment() {
          return Map.of();
        }
      };

  /// Empty while the host runs no containers.
  Optional<Kubelet> kubelet();

  /// How it stands with what runs containers.
  ///
  /// @param running whether it runs, and so renews the lease
  /// @param trouble why it does not run, in one line; empty when it does, or is about to
  record Kubelet(boolean running, String trouble) {}

  /// Told by which way the appliance is reached, from now on.
  void reach(ServerLink appliance);

  /// What the scripts of machine components find besides.
  Map<String, String> environment();
}
