package io.croft.store.etcd;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Where an [EtcdServer] listens.
public sealed interface EtcdAddress {
  /// A port.
  ///
  /// @param host the address to listen on: a name or an IP address
  /// @param port 0 for any free one
  /// @param advertisedHost the name under which clients reach it; given out as the member's client
  ///   URL
  record Tcp(String host, int port, String advertisedHost) implements EtcdAddress {
    /// @throws IllegalArgumentException naming the value out of range
    public Tcp {
      if (host.isBlank() || advertisedHost.isBlank()) {
        throw new IllegalArgumentException("host and advertisedHost must not be empty");
      }
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port is " + port + ", allowed is 0 to 65535");
      }
    }
  }

  /// A socket in the file system, for processes of the same user on this host; what k3s calls
  /// `unix://` and the path.
  ///
  /// @param socket what a process left there that is gone is replaced
  record Unix(Path socket) implements EtcdAddress {
    /// What every system takes.
    private static final int MOST_BYTES = 100;

    /// @throws IllegalArgumentException when systems cannot have a socket of that name
    public Unix {
      socket = socket.toAbsolutePath().normalize();
      int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
      if (length > MOST_BYTES || socket.getFileName() == null) {
        throw new IllegalArgumentException(
            "the socket's path is %s of %d bytes, allowed is a file's of at most %d"
                .formatted(socket, length, MOST_BYTES));
      }
    }
  }
}
