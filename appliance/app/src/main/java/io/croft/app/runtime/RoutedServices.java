package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.gateway.EventLoops;
import io.croft.gateway.definition.GatewayDefinitions;
import io.croft.gateway.proxy.RouteProxy;
import io.croft.gateway.proxy.UpstreamLimits;
import io.croft.gateway.proxy.Upstreams;
import io.croft.gateway.resources.RouteController;
import io.croft.gateway.routing.Routes;
import io.croft.metrics.Metrics;
import io.croft.pki.Identity;
import io.croft.pki.ServerNames;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/// The services that are routed through the gateway, wired: the kinds that declare them, the table
/// of routes, the proxy.
final class RoutedServices {
  private final Certificates certificates;
  private final Component definitions;
  private final Upstreams upstreams;
  private final Routes routes;
  private final RouteController controller;

  /// @param localBackends whether routes may lead to services of this machine
  /// @param underOwnNames whether routes may serve under the appliance's own names
  /// @param port at which the gateway listens
  /// @param shown takes what the gateway shows under the names of routes
  RoutedServices(
      EventLoops loops,
      ApiClient client,
      Informers informers,
      Certificates certificates,
      boolean localBackends,
      boolean underOwnNames,
      IntSupplier port,
      Consumer<Map<String, Identity>> shown,
      Metrics metrics,
      InstantSource clock) {
    this.certificates = certificates;
    this.definitions = new GatewayDefinitions(client.withFieldManager("croft-gateway"));
    this.upstreams =
        new Upstreams(loops, UpstreamLimits.USUAL.withLocalAddresses(localBackends), port);
    this.routes = new Routes(this::isOwnName, underOwnNames, new RouteProxy(upstreams, metrics));
    this.controller =
        new RouteController(
            client.withFieldManager("croft-gateway"),
            informers,
            new Informers(client),
            routes::replace,
            shown,
            port,
            this::addresses,
            clock);
  }

  Routes routes() {
    return routes;
  }

  /// To be started before the informers.
  Component definitions() {
    return definitions;
  }

  /// To be started after the informers, and before the gateway.
  List<Component> components() {
    return List.of(upstreams, controller);
  }

  /// Has everything be read anew: an address has changed.
  void refresh() {
    controller.refresh();
  }

  private boolean isOwnName(String host) {
    SortedSet<String> names = certificates.names().dns();
    int dot = host.indexOf('.');
    return names.contains(host) || (dot > 0 && names.contains("*" + host.substring(dot)));
  }

  /// Those that others reach; on a machine without a network its own.
  private List<String> addresses() {
    ServerNames names = certificates.names();
    List<String> outside =
        names.addresses().stream()
            .filter(a -> !a.startsWith("127.") && !a.equals("::1") && !a.equals("0:0:0:0:0:0:0:1"))
            .toList();
    return outside.isEmpty() ? List.of("127.0.0.1") : outside;
  }
}
