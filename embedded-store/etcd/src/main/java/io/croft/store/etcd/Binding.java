package io.croft.store.etcd;

import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;

/// What an [EtcdAddress] takes of the system while a server listens there.
interface Binding extends AutoCloseable {
  static Binding of(EtcdAddress address) {
    return switch (address) {
      case EtcdAddress.Tcp tcp -> new TcpBinding(tcp);
      case EtcdAddress.Unix unix -> new UnixBinding(unix.socket());
    };
  }

  /// A server that will listen there.
  NettyServerBuilder prepare(ServerCredentials credentials) throws IOException;

  /// Lets clients in; called once the server listens.
  void open(Server server) throws IOException;

  /// Under which clients reach the server. Known once it listens.
  String url(boolean tls);

  /// Gives everything back, after the server has ended. Repeatable.
  @Override
  void close();
}
