package io.croft.store.etcd;

import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetSocketAddress;

/// A port.
final class TcpBinding implements Binding {
  private final EtcdAddress.Tcp address;
  private volatile int port;

  TcpBinding(EtcdAddress.Tcp address) {
    this.address = address;
    this.port = address.port();
  }

  @Override
  public NettyServerBuilder prepare(ServerCredentials credentials) {
    return NettyServerBuilder.forAddress(
        new InetSocketAddress(address.host(), address.port()), credentials);
  }

  @Override
  public void open(Server server) {
    port = server.getPort();
  }

  @Override
  public String url(boolean tls) {
    String host = address.advertisedHost();
    return "%s://%s:%d"
        .formatted(tls ? "https" : "http", host.contains(":") ? "[" + host + "]" : host, port);
  }

  @Override
  public void close() {}
}
