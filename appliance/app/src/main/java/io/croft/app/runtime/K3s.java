package io.croft.app.runtime;

import io.croft.apiserver.builtin.ServiceNetwork;
import io.croft.apiserver.builtin.ServiceRange;
import io.croft.apiserver.storage.AesGcmSealing;
import io.croft.app.config.Configuration;
import io.croft.app.config.K3sAgent;
import io.croft.app.config.KeyEncryption;
import io.croft.base.DataDirectory;
import io.croft.base.Settings;
import io.croft.engine.k3s.EncryptionKey;
import io.croft.engine.k3s.K3sConfig;
import io.croft.engine.k3s.K3sEngine;
import io.croft.engine.supervision.ProcessSupervisor;
import io.croft.pki.PkiException;
import io.croft.security.UserInfo;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// k3s as this appliance runs it.
final class K3s {
  /// Under which pods reach the API, besides its service's address.
  private static final List<String> NAMES =
      List.of(
          "kubernetes",
          "kubernetes.default",
          "kubernetes.default.svc",
          "kubernetes.default.svc.cluster.local");

  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private K3s() {}

  /// @throws PkiException when it could not read the authorities' keys
  static K3sEngine engine(
      Settings settings,
      DataDirectory dataDirectory,
      Certificates certificates,
      AesGcmSealing.Key key,
      EtcdEndpoint endpoint,
      EngineSwitch store,
      UserInfo self,
      InstantSource clock)
      throws PkiException {
    if (settings.get(Configuration.PKI_KEY_ENCRYPTION) != KeyEncryption.NONE) {
      throw new PkiException(
          "croft.pki.key-encryption: k3s reads the keys of its authorities from files; with"
              + " --engine k3s set it to none");
    }
    ServiceNetwork services = settings.get(Configuration.SERVICE_CIDR);
    var config =
        new K3sConfig(
            dataDirectory.root().resolve("k3s"),
            dataDirectory.logs(),
            dataDirectory.run(),
            endpoint.url(),
            settings.get(Configuration.K3S_PORT),
            services.ranges().stream().map(ServiceRange::text).collect(Collectors.joining(",")),
            settings.get(Configuration.SERVICE_NODE_PORTS).toString(),
            address(),
            settings.get(Configuration.LISTEN).port(),
            agent(settings.get(Configuration.K3S_AGENT)));
    Map<String, String> environment = System.getenv();
    return new K3sEngine(
        config,
        EngineChoice.source(settings, environment),
        certificates::pki,
        new EncryptionKey(key.name(), key.secret()),
        store,
        self,
        ProcessSupervisor.Limits.USUAL,
        clock);
  }

  /// Names and addresses of the gateway by which pods know it.
  static List<String> names(ServiceNetwork services) {
    var names = new ArrayList<>(NAMES);
    for (ServiceRange range : services.ranges()) {
      names.add(first(range));
    }
    return names;
  }

  /// The first address of a range is the API's.
  private static String first(ServiceRange range) {
    byte[] number = range.first().toByteArray();
    byte[] address = new byte[range.family().equals("IPv4") ? 4 : 16];
    int count = Math.min(number.length, address.length);
    System.arraycopy(number, number.length - count, address, address.length - count, count);
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("no address: " + new BigInteger(address), e);
    }
  }

  /// Containers need root, and a share of the machine that can be divided.
  static boolean agent(K3sAgent wanted) {
    return switch (wanted) {
      case ON -> true;
      case OFF -> false;
      case AUTO ->
          EngineChoice.root()
              && Files.exists(CGROUPS.resolve("cgroup.controllers"))
              && Files.isWritable(CGROUPS.resolve("cgroup.subtree_control"));
    };
  }

  /// Under which others reach this host; IPv4 before IPv6; empty when it has no network.
  private static String address() {
    try {
      return NetworkInterface.networkInterfaces()
          .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
          .filter(K3s::isUp)
          .flatMap(NetworkInterface::inetAddresses)
          .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress() && !a.isMulticastAddress())
          .sorted(Comparator.comparing(a -> !(a instanceof Inet4Address)))
          .map(a -> a.getHostAddress().replaceFirst("%.*", ""))
          .findFirst()
          .orElse("");
    } catch (SocketException e) {
      return "";
    }
  }

  private static boolean isUp(NetworkInterface network) {
    try {
      return network.isUp() && !network.isLoopback();
    } catch (SocketException e) {
      return false;
    }
  }
}
