package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.resources.Translation.StatusUpdate;
import io.croft.gateway.routing.HostPattern;
import io.croft.gateway.routing.RouteMatch;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.pki.Identity;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// Makes the table of routes of all objects that have a say in it. For one thread.
final class Translator {
  private final Cluster cluster;
  private final Gateways gateways;
  private final HttpRoutes routes;
  private final Ingresses ingresses;
  private final Mappings mappings;
  private final TlsPolicies policies;
  private final TlsSecrets secrets;
  private final InstantSource clock;

  Translator(
      Cluster cluster, IntSupplier port, Supplier<List<String>> addresses, InstantSource clock) {
    this.cluster = cluster;
    this.secrets = new TlsSecrets(cluster);
    this.policies = new TlsPolicies(cluster);
    var services = new Services(cluster, policies);
    this.gateways = new Gateways(cluster, secrets, port, addresses);
    this.routes = new HttpRoutes(cluster, services);
    this.mappings = new Mappings(cluster, routes, secrets);
    this.ingresses = new Ingresses(cluster, services, secrets, addresses);
    this.clock = clock;
  }

  /// What is collected on the way.
  private static final class Collected {
    private final List<RouteTable.Entry> entries = new ArrayList<>();
    private final Map<Taken, String> taken = new HashMap<>();
    private final Map<String, Identity> certificates = new LinkedHashMap<>();
    private final List<StatusUpdate> statuses = new ArrayList<>();
    private final Map<String, List<Listener>> listeners = new LinkedHashMap<>();
    private final Map<String, Map<String, Integer>> attached = new HashMap<>();
    private final HostClaims claims = new HostClaims();
  }

  /// What can be asked for once only.
  private record Taken(HostPattern host, RouteMatch match) {}

  Translation translate() {
    var collected = new Collected();
    Instant now = clock.instant();
    List<ApiObject> classes = gateways.classes();
    for (ApiObject gatewayClass : classes) {
      collected.statuses.add(
          new StatusUpdate(Kinds.CLASSES, gatewayClass, gateways.classStatus(gatewayClass, now)));
    }
    List<ApiObject> ours = gateways.of(classes).stream().sorted(Cluster.BY_AGE).toList();
    for (ApiObject gateway : ours) {
      List<Listener> listeners = gateways.listeners(gateway);
      collected.listeners.put(gateway.namespace() + "/" + gateway.name(), listeners);
      for (Listener listener : listeners) {
        collected.claims.add(listener.host(), gateway.namespace());
        if (listener.programmed()) {
          certify(listener, collected);
        }
      }
    }
    for (ApiObject route : cluster.list(Kinds.ROUTES).stream().sorted(Cluster.BY_AGE).toList()) {
      attach(route, collected, now);
    }
    for (ApiObject gateway : ours) {
      String key = gateway.namespace() + "/" + gateway.name();
      ObjectNode status =
          gateways.status(
              gateway,
              collected.listeners.getOrDefault(key, List.of()),
              collected.attached.getOrDefault(key, Map.of()),
              now);
      collected.statuses.add(new StatusUpdate(Kinds.GATEWAYS, gateway, status));
    }
    ingresses.translate(
        collected.entries, collected.claims, collected.certificates, collected.statuses);
    mappings.translate(
        collected.entries, collected.claims, collected.certificates, collected.statuses);
    collected.statuses.addAll(policies.statuses(ours, now));
    secrets.turn();
    return new Translation(
        RouteTable.of(collected.entries), collected.certificates, collected.statuses);
  }

  /// Under its own name a listener shows its first certificate, and each under the names in it.
  private static void certify(Listener listener, Collected collected) {
    if (listener.certificates().isEmpty()) {
      return;
    }
    if (listener.host().isNamed()) {
      collected.certificates.putIfAbsent(
          listener.host().text(), listener.certificates().getFirst());
    } else {
      listener
          .certificates()
          .forEach(c ->
              CertificateNames.of(c).forEach(name -> collected.certificates.putIfAbsent(name, c)));
    }
  }

  private void attach(ApiObject route, Collected collected, Instant now) {
    var attachments = new ArrayList<Attachment>();
    for (JsonNode ref : route.json().path("spec").path("parentRefs")) {
      if (ref.path("kind").asText("Gateway").equals("Gateway")
          && ref.path("group").asText(Kinds.GROUP).equals(Kinds.GROUP)) {
        String key =
            ref.path("namespace").asText(route.namespace()) + "/" + ref.path("name").asText("");
        List<Listener> listeners = collected.listeners.get(key);
        if (listeners != null) {
          var attachment = new Attachment(route, ref, listeners, cluster);
          attachments.add(attachment);
          take(route, attachment, listeners, collected);
          for (Listener listener : attachment.listeners()) {
            collected
                .attached
                .computeIfAbsent(key, _ -> new HashMap<>())
                .merge(listener.name(), 1, Integer::sum);
          }
        }
      }
    }
    ObjectNode status = Attachment.status(route, attachments, now);
    boolean said = !route.json().path("status").path("parents").isEmpty();
    if (said || !attachments.isEmpty()) {
      collected.statuses.add(new StatusUpdate(Kinds.ROUTES, route, status));
    }
  }

  private void take(
      ApiObject route, Attachment attachment, List<Listener> listeners, Collected collected) {
    try {
      HttpRoutes.Read read =
          routes.read(route, listeners.isEmpty() ? null : listeners.getFirst().client());
      attachment.refs(read.refs());
      Set<HostPattern> hosts = new LinkedHashSet<>(attachment.hosts());
      String name = "HTTPRoute " + route.namespace() + "/" + route.name();
      for (RouteTable.Entry entry : read.under(hosts, route)) {
        String holder = collected.taken.putIfAbsent(new Taken(entry.host(), entry.match()), name);
        if (holder == null) {
          collected.entries.add(entry);
          collected.claims.add(entry.host(), route.namespace());
        } else if (!holder.equals(name)) {
          String host = entry.host().isNamed() ? entry.host().text() : "all hosts";
          attachment.conflict(
              "%s on %s is already served by %s".formatted(entry.match().shown(), host, holder));
        }
      }
    } catch (RouteProblem e) {
      attachment.refuse(e.reason(), e.text());
    }
  }
}
