package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The Kubernetes project's own API server, with the certificates and keys of an appliance that is
/// down, so that whoever knows the one is known to the other.
final class KubeApiServer implements AutoCloseable {
  private final Appliance appliance;
  private final Process store;
  private final int port = Distribution.freePort();
  private final Process server;

  /// On the appliance's store. Skips the test where there is no kube-apiserver.
  static KubeApiServer onStoreOf(Appliance appliance) throws Exception {
    String program = Distribution.peer("kube-apiserver");
    String address = "127.0.0.1:" + Distribution.freePort();
    Command serve = appliance.croft("store", "serve", "--insecure", "--listen", address);
    return new KubeApiServer(appliance, program, serve, address);
  }

  /// On an etcd of its own. Skips the test where either is missing.
  static KubeApiServer onEtcd(Appliance appliance) throws Exception {
    String program = Distribution.peer("kube-apiserver");
    String address = "127.0.0.1:" + Distribution.freePort();
    String peers = "http://127.0.0.1:" + Distribution.freePort();
    Command etcd =
        Command.of(
            Distribution.peer("etcd"),
            "--data-dir=" + appliance.directory().resolve("etcd"),
            "--listen-client-urls=http://" + address,
            "--advertise-client-urls=http://" + address,
            "--listen-peer-urls=" + peers,
            "--initial-advertise-peer-urls=" + peers,
            "--initial-cluster=default=" + peers,
            "--quota-backend-bytes=8589934592",
            "--log-level=error");
    return new KubeApiServer(appliance, program, etcd, address);
  }

  /// @param program kube-apiserver
  /// @param endpoint serves the store at `address`
  private KubeApiServer(Appliance appliance, String program, Command endpoint, String address)
      throws Exception {
    this.appliance = appliance;
    Path directory = appliance.directory();
    store = endpoint.start(directory.resolve("store.out"), directory.resolve("store.err"));
    Path pki = appliance.dataDirectory().resolve("pki");
    server =
        Command.of(
                program,
                "--etcd-servers=http://" + address,
                "--storage-media-type=application/json",
                "--encryption-provider-config=" + encryption(),
                "--bind-address=127.0.0.1",
                "--secure-port=" + port,
                "--tls-cert-file=" + pki.resolve("gateway.crt"),
                "--tls-private-key-file=" + pki.resolve("gateway.key"),
                "--client-ca-file=" + pki.resolve("authorities/1/client-ca.crt"),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + pki.resolve("sa.pub"),
                "--service-account-signing-key-file=" + pki.resolve("sa.key"),
                "--service-cluster-ip-range=10.96.0.0/12",
                "--disable-admission-plugins=ServiceAccount",
                // Off unless asked for, up to 1.35.
                "--feature-gates=MutatingAdmissionPolicy=true",
                "--runtime-config=admissionregistration.k8s.io/v1beta1=true,admissionregistration.k8s.io/v1alpha1=true",
                "--authorization-mode=RBAC")
            .start(directory.resolve("peer.out"), directory.resolve("peer.err"));
    try (Api api = api()) {
      eventually(
          "kube-apiserver is ready",
          () -> {
            if (!server.isAlive()) {
              throw new AssertionError(Files.readString(directory.resolve("peer.err")));
            }
            return Appliance.ready(api);
          });
    }
  }

  private Path encryption() throws IOException {
    String key = Files.readString(appliance.dataDirectory().resolve("secrets.key")).strip();
    String text =
        """
        apiVersion: apiserver.config.k8s.io/v1
        kind: EncryptionConfiguration
        resources:
        - resources: [secrets]
          providers:
          - aesgcm: {keys: [{name: key1, secret: %s}]}
        """
            .formatted(key);
    return Files.writeString(appliance.directory().resolve("encryption.yaml"), text);
  }

  /// A new connection as the appliance's administrator.
  Api api() throws Exception {
    return new Api(url(), appliance.identity());
  }

  String url() {
    return "https://127.0.0.1:" + port;
  }

  /// The server and its store.
  List<Process> processes() {
    return List.of(server, store);
  }

  /// Ends it, and gives the store back.
  @Override
  public void close() {
    for (Process process : processes()) {
      process.destroy();
      process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
  }
}
