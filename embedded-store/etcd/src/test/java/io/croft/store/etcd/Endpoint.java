package io.croft.store.etcd;

import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A server of ours on a store of its own, for a test.
final class Endpoint implements AutoCloseable {
  final EmbeddedStore store;
  final EtcdServer server;
  final Client client;

  Endpoint(Path directory) throws IOException {
    this(directory, StoreConfig.defaults());
  }

  Endpoint(Path directory, StoreConfig config) throws IOException {
    store = EmbeddedStore.open(directory, config);
    server = new EtcdServer(store, EtcdConfig.loopback(0, null, directory.resolve("scratch")));
    server.start();
    client = new Client(server.port());
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  @Override
  public void close() {
    client.close();
    server.close();
    store.close();
  }

  /// A connection, to our server or another.
  record Client(ManagedChannel channel) implements AutoCloseable {
    Client(int port) {
      this(
          NettyChannelBuilder.forAddress("127.0.0.1", port)
              .usePlaintext()
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .build());
    }

    @Override
    public void close() {
      channel.shutdownNow();
      try {
        channel.awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
