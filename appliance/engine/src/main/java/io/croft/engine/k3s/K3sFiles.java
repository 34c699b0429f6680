package io.croft.engine.k3s;

import java.nio.file.Path;

/// Where things lie in the directory of k3s' state, which is `k3s` in the data directory.
///
/// | entry | holds |
/// |---|---|
/// | `bin/` | the releases that were run, see [K3sReleases] |
/// | `config.yaml` | further settings of k3s, in its own format; written by users |
/// | `token` | what joins agents of k3s, and seals what k3s keeps in the store |
/// | `agent-token` | on a joined host: what its agent of k3s logs in with |
/// | `provided` | on a joined host: the k3s that a machine component wants to be run |
/// | `running` | on a joined host, while k3s runs there: its SHA-256 |
/// | `host-before` | what this host had before k3s, see [K3sHost] |
/// | `encryption.json` | how Secrets are sealed in the store |
/// | `server/tls/` | authorities of ours, and what k3s issues by them |
/// | all else | k3s' own |
record K3sFiles(Path root) {
  Path tls() {
    return root.resolve("server").resolve("tls");
  }

  Path token() {
    return root.resolve("token");
  }

  Path agentToken() {
    return root.resolve("agent-token");
  }

  Path provided() {
    return root.resolve("provided");
  }

  Path running() {
    return root.resolve("running");
  }

  Path config() {
    return root.resolve("config.yaml");
  }

  Path encryption() {
    return root.resolve("encryption.json");
  }

  Path hostBefore() {
    return root.resolve("host-before");
  }

  Path kubeconfig() {
    return root.resolve("k3s.yaml");
  }

  /// What lies here, k3s imports before it starts anything.
  Path images() {
    return root.resolve("agent").resolve("images");
  }

  Path releases() {
    return root.resolve("bin");
  }
}
