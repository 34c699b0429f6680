package io.croft.engine.k3s;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How k3s is run.
///
/// @param directory of its state
/// @param logs where its log is kept
/// @param run for what is true only while it runs
/// @param datastore the store's etcd endpoint, as a URL
/// @param port of k3s' supervisor, on the loopback address; the API server has the next one
/// @param serviceRanges the addresses of services, as one text
/// @param nodePorts the ports that nodes open for services
/// @param address under which hosts and containers reach the gateway; empty when there is no
///   network
/// @param gatewayPort the gateway's port; 0 when it is not known yet
/// @param agent whether this host runs containers
public record K3sConfig(
    Path directory,
    Path logs,
    Path run,
    String datastore,
    int port,
    String serviceRanges,
    String nodePorts,
    String address,
    int gatewayPort,
    boolean agent) {
  /// Who may say who a user is: what k3s itself calls its front proxy, and how ours is called.
  private static final String FRONT_PROXIES = "system:auth-proxy,";

  /// Where its API server listens.
  int apiPort() {
    return port + 1;
  }

  /// The arguments of `k3s`.
  ///
  /// @param frontProxy the common name of the gateway's certificate
  List<String> arguments(K3sFiles files, String frontProxy) {
    var arguments = new ArrayList<String>();
    arguments.add("server");
    arguments.add("--config=" + files.config());
    arguments.add("--data-dir=" + directory);
    arguments.add("--datastore-endpoint=" + datastore);
    arguments.add("--token-file=" + files.token());
    arguments.add("--write-kubeconfig=" + files.kubeconfig());
    arguments.add("--write-kubeconfig-mode=600");
    arguments.add("--bind-address=127.0.0.1");
    arguments.add("--https-listen-port=" + port);
    arguments.add("--service-cidr=" + serviceRanges);
    arguments.add("--service-node-port-range=" + nodePorts);
    String reached = address.isEmpty() ? "127.0.0.1" : address;
    arguments.add("--node-ip=" + reached);
    arguments.add("--advertise-address=" + reached);
    if (address.isEmpty()) {
      // No object may say that the API is at the loopback address of whoever reads it.
      arguments.add("--kube-apiserver-arg=endpoint-reconciler-type=none");
    } else if (gatewayPort > 0) {
      arguments.add("--advertise-port=" + gatewayPort);
    }
    // The gateway does what these are for.
    arguments.add("--disable=traefik,servicelb");
    if (!agent) {
      arguments.add("--disable-agent");
      arguments.add("--disable-cloud-controller");
      arguments.add("--disable-helm-controller");
    }
    arguments.add("--kube-apiserver-arg=storage-media-type=application/json");
    arguments.add("--kube-apiserver-arg=encryption-provider-config=" + files.encryption());
    arguments.add("--kube-apiserver-arg=requestheader-allowed-names=" + FRONT_PROXIES + frontProxy);
    return List.copyOf(arguments);
  }
}
