package io.croft.app.doctor;

import io.croft.apiserver.builtin.ServiceRange;
import io.croft.app.config.Configuration;
import io.croft.base.HostPort;
import java.io.IOException;
import java.math.BigInteger;
import java.net.BindException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Names, ports and routes.
final class NetworkChecks {
  static final List<Check> ALL =
      List.of(
          Check.of("port", NetworkChecks::port),
          Check.forContainers("ports-of-kubelet", NetworkChecks::kubeletPorts),
          Check.of("localhost", NetworkChecks::localhost),
          Check.of("host-name", NetworkChecks::hostName),
          Check.of("name-servers", NetworkChecks::nameServers),
          Check.of("firewall", NetworkChecks::firewall),
          Check.of("mtu", NetworkChecks::mtu),
          Check.of("service-network", NetworkChecks::serviceNetwork),
          Check.forContainers("default-route", NetworkChecks::defaultRoute),
          Check.forContainers("address", NetworkChecks::address));

  /// The states of proc(5)'s `net/tcp`.
  private static final String LISTENING = "0A";

  private static final List<Integer> KUBELET_PORTS = List.of(6443, 6444, 10248, 10250);
  private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
  private static final int SMALLEST_MTU = 1280;
  private static final int IPV4_BITS = 32;
  private static final String LOCAL_RESOLVER = "127.0.0.53";

  /// Where clients of DHCP keep what they were given.
  private static final List<String> DHCP_LEASES =
      List.of(
          "run/systemd/netif/leases",
          "var/lib/dhcp",
          "var/lib/dhclient",
          "var/lib/dhcpcd",
          "var/lib/NetworkManager");

  private NetworkChecks() {}

  private static Finding port(Host host) throws IOException {
    HostPort listen = host.configuration().settings().get(Configuration.LISTEN);
    if (host.appliance().isPresent()) {
      return Finding.ok("%s is served".formatted(listen));
    }
    try {
      host.tryToListen(listen);
      return Finding.ok("%s is free".formatted(listen));
    } catch (BindException e) {
      return Finding.error(
          "%s cannot be listened at: %s%s"
              .formatted(listen, e.getMessage(), heldBy(host, listen.port())),
          "stop what uses it, or choose another: croft up --listen HOST:PORT");
    }
  }

  private static Finding kubeletPorts(Host host) throws IOException {
    if (host.appliance().isPresent()) {
      return Finding.skipped("croft runs");
    }
    var held = new ArrayList<String>();
    for (int port : KUBELET_PORTS) {
      try {
        host.tryToListen(new HostPort("0.0.0.0", port));
      } catch (BindException e) {
        held.add(port + heldBy(host, port));
      }
    }
    return held.isEmpty()
        ? Finding.ok("free")
        : Finding.error("in use: " + String.join(", ", held), "stop what uses them");
  }

  /// Which process listens at a port, as far as this user may know.
  private static String heldBy(Host host, int port) {
    String ending = ":%04X".formatted(port);
    List<String> sockets =
        Stream.of("proc/net/tcp", "proc/net/tcp6")
            .flatMap(file -> host.lines(file).stream())
            .map(line -> line.strip().split("\\s+"))
            .filter(f -> f.length > 9 && f[1].endsWith(ending) && f[3].equals(LISTENING))
            .map(f -> "socket:[" + f[9] + "]")
            .toList();
    return host.names("proc").stream()
        .filter(name -> name.chars().allMatch(Character::isDigit))
        .filter(pid -> host.links("proc/" + pid + "/fd").anyMatch(sockets::contains))
        .findFirst()
        .map(
            pid -> " by %s (pid %s)".formatted(host.text("proc/" + pid + "/comm").orElse("?"), pid))
        .orElse("");
  }

  private static Finding localhost(Host host) {
    String hint = "add to /etc/hosts: 127.0.0.1 localhost";
    try {
      var address = host.resolve("localhost");
      return address.isLoopbackAddress()
          ? Finding.ok(address.getHostAddress())
          : Finding.error("localhost is " + address.getHostAddress(), hint);
    } catch (IOException e) {
      return Finding.error("localhost is not known", hint);
    }
  }

  private static Finding hostName(Host host) {
    String name = host.text("proc/sys/kernel/hostname").orElse("");
    if (!HOST_NAME.matcher(name).matches()) {
      return Finding.error(
          "\"%s\" is no name that a node may have".formatted(name),
          "hostnamectl hostname NAME, in lower case letters, digits, - and .");
    }
    return name.equals("localhost")
        ? Finding.warning("localhost, as others are called, too", "hostnamectl hostname NAME")
        : Finding.ok(name);
  }

  private static Finding nameServers(Host host) {
    List<String> servers =
        host.lines("etc/resolv.conf").stream()
            .filter(line -> line.startsWith("nameserver"))
            .map(line -> line.substring("nameserver".length()).strip())
            .toList();
    if (servers.isEmpty()) {
      return Finding.warning(
          "/etc/resolv.conf names none: no host is found by its name",
          "add a line: nameserver ADDRESS");
    }
    boolean local = servers.stream().allMatch(s -> s.startsWith("127.") || s.equals("::1"));
    boolean known =
        servers.contains(LOCAL_RESOLVER) && host.exists("run/systemd/resolve/resolv.conf");
    return local && !known
        ? Finding.warning(
            "only %s: pods would ask themselves".formatted(String.join(", ", servers)),
            "name a server that others reach, too")
        : Finding.ok(String.join(", ", servers));
  }

  private static Finding firewall(Host host) {
    int port = host.configuration().settings().get(Configuration.LISTEN).port();
    if (host.runs("firewalld")) {
      return Finding.warning(
          "firewalld runs", "firewall-cmd --permanent --add-port=%d/tcp".formatted(port));
    }
    boolean ufw =
        host.lines("etc/ufw/ufw.conf").stream()
            .anyMatch(l -> l.strip().equalsIgnoreCase("ENABLED=yes"));
    if (ufw) {
      return Finding.warning("ufw is enabled", "ufw allow %d/tcp".formatted(port));
    }
    return host.exists("etc/systemd/system/timers.target.wants/nm-cloud-setup.timer")
        ? Finding.warning(
            "nm-cloud-setup changes routes, which breaks those of pods",
            "systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service")
        : Finding.ok("none that is known");
  }

  private static Finding mtu(Host host) {
    List<String> small =
        routes(host).stream()
            .filter(Route::isDefault)
            .map(Route::device)
            .distinct()
            .filter(device ->
                host.text("sys/class/net/" + device + "/mtu")
                    .filter(text -> text.matches("\\d{1,9}"))
                    .map(Integer::parseInt)
                    .filter(mtu -> mtu < SMALLEST_MTU)
                    .isPresent())
            .toList();
    return small.isEmpty()
        ? Finding.ok("%d bytes or more".formatted(SMALLEST_MTU))
        : Finding.warning(
            "packets through %s are smaller than %d bytes"
                .formatted(String.join(", ", small), SMALLEST_MTU),
            "ip link set dev DEVICE mtu 1500, unless the network demands it");
  }

  /// @param first its first address, as a number
  /// @param bits of the prefix; 0 for the default route
  private record Route(String device, long first, int bits) {
    boolean isDefault() {
      return bits == 0;
    }

    long last() {
      return first + (1L << (IPV4_BITS - bits)) - 1;
    }

    @Override
    public String toString() {
      return "%d.%d.%d.%d/%d of %s"
          .formatted(first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255, bits, device);
    }
  }

  /// IPv4's, from proc(5).
  private static List<Route> routes(Host host) {
    return host.lines("proc/net/route").stream()
        .skip(1)
        .map(line -> line.split("\\s+"))
        .filter(f -> f.length > 7 && f[1].length() == 8 && f[7].length() == 8)
        .map(f -> new Route(f[0], address(f[1]), Long.bitCount(address(f[7]))))
        .toList();
  }

  /// Addresses stand there in the order of this machine's bytes, which is the wrong one.
  private static long address(String hexadecimal) {
    return Integer.reverseBytes(HexFormat.fromHexDigits(hexadecimal)) & 0xFFFF_FFFFL;
  }

  private static Finding serviceNetwork(Host host) {
    var network = host.configuration().settings().get(Configuration.SERVICE_CIDR);
    for (ServiceRange range : network.ranges()) {
      Optional<Route> overlapping =
          range.family().equals("IPv4")
              ? routes(host).stream().filter(r -> !r.isDefault() && overlap(r, range)).findFirst()
              : Optional.empty();
      if (overlapping.isPresent()) {
        return Finding.warning(
            "services' addresses, %s, overlap with the route %s"
                .formatted(range.text(), overlapping.get()),
            "choose others in the configuration: croft.services.cidr");
      }
    }
    return Finding.ok("no route overlaps with services' addresses");
  }

  private static boolean overlap(Route route, ServiceRange range) {
    BigInteger last = range.first().add(range.count()).subtract(BigInteger.ONE);
    return BigInteger.valueOf(route.first()).compareTo(last) <= 0
        && BigInteger.valueOf(route.last()).compareTo(range.first()) >= 0;
  }

  private static Finding defaultRoute(Host host) {
    boolean six =
        host.lines("proc/net/ipv6_route").stream()
            .anyMatch(line -> line.startsWith("0".repeat(32) + " 00 ") && !line.endsWith(" lo"));
    return six || routes(host).stream().anyMatch(Route::isDefault)
        ? Finding.ok("there is one")
        : Finding.warning(
            "none: k3s then does not find its own address", "ip route add default via ADDRESS");
  }

  private static Finding address(Host host) {
    return DHCP_LEASES.stream()
            .anyMatch(place -> host.names(place).stream().anyMatch(NetworkChecks::isLease))
        ? Finding.warning(
            "given by DHCP, which may give another one day",
            "reserve it there, or set it by hand; croft follows a change, other nodes need a"
                + " moment")
        : Finding.ok("not from DHCP");
  }

  private static boolean isLease(String name) {
    return name.endsWith(".lease") || name.endsWith(".leases") || name.matches("\\d+");
  }
}
