package io.croft.store.etcd;

import io.croft.store.etcd.Endpoint.Client;
import io.croft.store.etcd.wire.HealthGrpc;
import io.croft.store.etcd.wire.Probe.HealthCheckRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A fresh process of the real `etcd`, for a test.
final class RealEtcd implements AutoCloseable {
  private final Process process;
  final Client client;
  final String url;

  RealEtcd(Path program, Path directory) throws IOException {
    int port = freePort();
    url = "http://127.0.0.1:" + port;
    String peerUrl = "http://127.0.0.1:" + freePort();
    process =
        new ProcessBuilder(
                List.of(
                    program.toString(),
                    "--data-dir=" + directory,
                    "--listen-client-urls=" + url,
                    "--advertise-client-urls=" + url,
                    "--listen-peer-urls=" + peerUrl,
                    "--initial-advertise-peer-urls=" + peerUrl,
                    "--initial-cluster=default=" + peerUrl,
                    "--unsafe-no-fsync"))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolveSibling("etcd.log").toFile())
            .start();
    client = new Client(port);
    HealthGrpc.newBlockingStub(client.channel())
        .withWaitForReady()
        .withDeadlineAfter(60, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    client.close();
    process.destroyForcibly();
    process.onExit().join();
  }
}
