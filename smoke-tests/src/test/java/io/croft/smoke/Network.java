package io.croft.smoke;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Hosts in miniature: each a network namespace with an address of its own, behind a router whose
/// firewall lets nobody reach anybody but the server's one port.
final class Network implements AutoCloseable {
  static final int PORT = 8443;

  private static final String PREFIX = "croft" + ProcessHandle.current().pid() + "-";

  private final Deque<Runnable> undoing = new ArrayDeque<>();
  private final List<Host> hosts = new ArrayList<>();

  /// @param subnet the third part of its addresses, 10.91.SUBNET.0/24
  record Host(String name, int subnet) {
    String namespace() {
      return PREFIX + name;
    }

    /// On the router's side.
    String link() {
      return "r-" + name;
    }

    String address() {
      return "10.91." + subnet + ".2";
    }

    /// Something to run there.
    Command command(List<String> line) {
      var all = new ArrayList<>(List.of("ip", "netns", "exec", namespace()));
      all.addAll(line);
      return new Command(List.copyOf(all), Map.of(), "");
    }

    Command croft(String... arguments) {
      return command(Distribution.croft(arguments).line());
    }

    /// Gives it another address, as a DHCP server does.
    void move(String address) {
      command(List.of("ip", "address", "flush", "dev", "eth0")).run().succeeded();
      command(List.of("ip", "address", "add", address + "/24", "dev", "eth0")).run().succeeded();
      command(List.of("ip", "route", "add", "default", "via", "10.91." + subnet + ".1"))
          .run()
          .succeeded();
    }
  }

  /// Why there can be none here; empty when there can.
  static Optional<String> missing() {
    if (!System.getProperty("user.name").equals("root")) {
      return Optional.of("network namespaces need root");
    }
    for (String program : List.of("ip", "nft")) {
      if (Distribution.findPeer(program).isEmpty()
          && !Path.of("/usr/sbin", program).toFile().canExecute()) {
        return Optional.of(program + " is not installed");
      }
    }
    String probe = PREFIX + "probe";
    if (Command.of("ip", "netns", "add", probe).run().exit() != 0) {
      return Optional.of("this kernel or container allows no network namespaces");
    }
    boolean filters =
        Command.of("ip", "netns", "exec", probe, "nft", "add", "table", "inet", "probe")
                .run()
                .exit()
            == 0;
    Command.of("ip", "netns", "delete", probe).run().succeeded();
    return filters ? Optional.empty() : Optional.of("this kernel has no nf_tables");
  }

  Network() {
    add("router");
    router("sysctl", "-qw", "net.ipv4.ip_forward=1");
  }

  private void add(String name) {
    Command.of("ip", "netns", "add", PREFIX + name).run().succeeded();
    undoing.push(() -> Command.of("ip", "netns", "delete", PREFIX + name).run());
    Command.of("ip", "-n", PREFIX + name, "link", "set", "lo", "up").run().succeeded();
  }

  private void router(String... line) {
    var all = new ArrayList<>(List.of("ip", "netns", "exec", PREFIX + "router"));
    all.addAll(List.of(line));
    new Command(List.copyOf(all), Map.of(), "").run().succeeded();
  }

  Host host(String name, int subnet) {
    var host = new Host(name, subnet);
    add(name);
    Command.of(
            "ip",
            "-n",
            PREFIX + "router",
            "link",
            "add",
            host.link(),
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            host.namespace())
        .run()
        .succeeded();
    router("ip", "address", "add", "10.91." + subnet + ".1/24", "dev", host.link());
    router("ip", "link", "set", host.link(), "up");
    host.command(List.of("ip", "link", "set", "eth0", "up")).run().succeeded();
    host.move(host.address());
    hosts.add(host);
    return host;
  }

  /// Lets nothing through but connections to the server's port.
  ///
  /// @param rules of the chain, before those
  void firewall(Host server, String... rules) {
    String text =
        """
        flush ruleset
        table inet site {
          chain forward {
            type filter hook forward priority 0; policy drop;
            %s
            ip daddr %s tcp dport %d accept
            ip saddr %s tcp sport %d ct state established accept
          }
        }
        """
            .formatted(String.join("\n", rules), server.address(), PORT, server.address(), PORT);
    new Command(List.of("ip", "netns", "exec", PREFIX + "router", "nft", "-f", "-"), Map.of(), text)
        .run()
        .succeeded();
  }

  /// Sends what a host means for one server to another.
  void redirect(Host from, Host meant, Host taken) {
    String text =
        """
        table ip middle {
          chain prerouting {
            type nat hook prerouting priority -100;
            iifname "%s" ip daddr %s tcp dport %d dnat to %s
          }
        }
        """
            .formatted(from.link(), meant.address(), PORT, taken.address());
    new Command(List.of("ip", "netns", "exec", PREFIX + "router", "nft", "-f", "-"), Map.of(), text)
        .run()
        .succeeded();
  }

  @Override
  public void close() throws IOException {
    undoing.forEach(Runnable::run);
  }
}
