package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.routing.HostPattern;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.Identity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads the gateways of our classes, and writes what has become of them.
final class Gateways {
  private static final int HTTPS_PORT = 443;
  private static final List<String> FEATURES =
      List.of(
          "Gateway",
          "HTTPRoute",
          "HTTPRouteBackendProtocolH2C",
          "HTTPRouteBackendProtocolWebSocket",
          "HTTPRouteBackendRequestHeaderModification",
          "HTTPRouteBackendTimeout",
          "HTTPRouteHostRewrite",
          "HTTPRouteMethodMatching",
          "HTTPRoutePathRedirect",
          "HTTPRoutePathRewrite",
          "HTTPRoutePortRedirect",
          "HTTPRouteQueryParamMatching",
          "HTTPRouteRequestMirror",
          "HTTPRouteRequestMultipleMirrors",
          "HTTPRouteRequestTimeout",
          "HTTPRouteResponseHeaderModification",
          "HTTPRouteSchemeRedirect",
          "ReferenceGrant");

  private final Cluster cluster;
  private final Grants grants;
  private final TlsSecrets secrets;
  private final IntSupplier port;
  private final Supplier<List<String>> addresses;

  /// @param port at which the appliance listens
  /// @param addresses at which it is reached
  Gateways(
      Cluster cluster, TlsSecrets secrets, IntSupplier port, Supplier<List<String>> addresses) {
    this.cluster = cluster;
    this.grants = new Grants(cluster);
    this.secrets = secrets;
    this.port = port;
    this.addresses = addresses;
  }

  List<ApiObject> classes() {
    return cluster.list(Kinds.CLASSES).stream()
        .filter(
            c -> c.json().path("spec").path("controllerName").asText("").equals(Kinds.CONTROLLER))
        .toList();
  }

  /// The gateways of these classes.
  List<ApiObject> of(List<ApiObject> classes) {
    Set<String> names = new HashSet<>();
    classes.forEach(c -> names.add(c.name()));
    return cluster.list(Kinds.GATEWAYS).stream()
        .filter(g -> names.contains(g.json().path("spec").path("gatewayClassName").asText("")))
        .toList();
  }

  List<Listener> listeners(ApiObject gateway) {
    var listeners = new ArrayList<Listener>();
    var hosts = new HashSet<HostPattern>();
    Identity client = client(gateway);
    for (JsonNode spec : gateway.json().path("spec").path("listeners")) {
      var host = new HostPattern(spec.path("hostname").asText(""));
      Optional<Condition> refused = refused(spec);
      if (refused.isEmpty() && !hosts.add(host)) {
        refused =
            Optional.of(
                Condition.bad(
                    "Conflicted",
                    "HostnameConflict",
                    "another listener has the same hostname, and there is one port"));
      }
      var certificates = new ArrayList<Identity>();
      Condition refs = certificates(gateway, spec.path("tls"), certificates);
      listeners.add(
          new Listener(
              gateway,
              spec.path("name").asText(""),
              spec.path("port").asInt(),
              host,
              spec.path("allowedRoutes"),
              refused,
              certificates,
              refs,
              client));
    }
    return listeners;
  }

  private Optional<Condition> refused(JsonNode listener) {
    String protocol = listener.path("protocol").asText("");
    if (!protocol.equals("HTTPS")) {
      return Optional.of(
          Condition.bad(
              "Accepted",
              "UnsupportedProtocol",
              "the protocol is " + protocol + ", but everything is reached by HTTPS"));
    }
    if (listener.path("tls").path("mode").asText("Terminate").equals("Passthrough")) {
      return Optional.of(
          Condition.bad("Accepted", "UnsupportedValue", "TLS ends here: mode must be Terminate"));
    }
    int wanted = listener.path("port").asInt();
    if (wanted != port.getAsInt() && wanted != HTTPS_PORT) {
      return Optional.of(
          Condition.bad(
              "Accepted",
              "PortUnavailable",
              "everything is reached by the port %d; use that, or 443 for where it is forwarded from"
                  .formatted(port.getAsInt())));
    }
    return Optional.empty();
  }

  private Condition certificates(ApiObject gateway, JsonNode tls, List<Identity> into) {
    for (JsonNode ref : tls.path("certificateRefs")) {
      String name = ref.path("name").asText("");
      String namespace = ref.path("namespace").asText(gateway.namespace());
      if (!ref.path("kind").asText("Secret").equals("Secret")
          || !ref.path("group").asText("").isEmpty()) {
        return Condition.bad(
            "ResolvedRefs", "InvalidCertificateRef", "a certificate is in a Secret, not in " + ref);
      }
      if (!grants.allow(
          Kinds.GROUP, "Gateway", gateway.namespace(), "", "Secret", namespace, name)) {
        return Condition.bad(
            "ResolvedRefs",
            "RefNotPermitted",
            "no ReferenceGrant lets gateways refer to the Secret " + namespace + "/" + name);
      }
      Optional<Identity> identity = secrets.identity(namespace, name);
      if (identity.isEmpty()) {
        return Condition.bad(
            "ResolvedRefs",
            "InvalidCertificateRef",
            "there is no Secret %s/%s of the type kubernetes.io/tls with a key and its certificate"
                .formatted(namespace, name));
      }
      into.add(identity.get());
    }
    return Condition.good("ResolvedRefs");
  }

  private @Nullable Identity client(ApiObject gateway) {
    JsonNode ref =
        gateway.json().path("spec").path("tls").path("backend").path("clientCertificateRef");
    String namespace = ref.path("namespace").asText(gateway.namespace());
    String name = ref.path("name").asText("");
    return ref.isObject()
            && grants.allow(
                Kinds.GROUP, "Gateway", gateway.namespace(), "", "Secret", namespace, name)
        ? secrets.identity(namespace, name).orElse(null)
        : null;
  }

  ObjectNode classStatus(ApiObject gatewayClass, Instant now) {
    ObjectNode status = Json.object();
    status.set(
        "conditions",
        Condition.toJson(
            List.of(Condition.good("Accepted")),
            gatewayClass.json().path("status").path("conditions"),
            gatewayClass.generation(),
            now));
    var features = status.putArray("supportedFeatures");
    FEATURES.forEach(feature -> features.addObject().put("name", feature));
    return status;
  }

  /// @param attached how many routes there are by the name of each listener
  ObjectNode status(
      ApiObject gateway, List<Listener> listeners, Map<String, Integer> attached, Instant now) {
    ObjectNode status = Json.object();
    var places = status.putArray("addresses");
    for (String address : addresses.get()) {
      boolean numeric = address.indexOf(':') >= 0 || address.matches("[0-9.]+");
      places.addObject().put("type", numeric ? "IPAddress" : "Hostname").put("value", address);
    }
    JsonNode before = gateway.json().path("status");
    status.set(
        "conditions",
        Condition.toJson(
            conditions(listeners), before.path("conditions"), gateway.generation(), now));
    var shown = status.putArray("listeners");
    for (Listener listener : listeners) {
      ObjectNode json = shown.addObject();
      json.put("name", listener.name());
      json.put("attachedRoutes", attached.getOrDefault(listener.name(), 0));
      var kinds = json.putArray("supportedKinds");
      if (listener.allowsHttpRoutes()) {
        kinds.addObject().put("group", Kinds.GROUP).put("kind", "HTTPRoute");
      }
      json.set(
          "conditions",
          Condition.toJson(
              conditions(listener),
              conditionsBefore(before, listener.name()),
              gateway.generation(),
              now));
    }
    return status;
  }

  private static JsonNode conditionsBefore(JsonNode status, String listener) {
    for (JsonNode before : status.path("listeners")) {
      if (before.path("name").asText("").equals(listener)) {
        return before.path("conditions");
      }
    }
    return Json.array();
  }

  private static List<Condition> conditions(List<Listener> listeners) {
    boolean all = listeners.stream().allMatch(Listener::programmed);
    boolean any = listeners.stream().anyMatch(Listener::programmed);
    return List.of(
        any
            ? new Condition(
                "Accepted", true, all ? "Accepted" : "ListenersNotValid", all ? "" : SOME)
            : Condition.bad("Accepted", "ListenersNotValid", SOME),
        any
            ? Condition.good("Programmed")
            : Condition.bad("Programmed", "Invalid", "no listener is valid"));
  }

  private static final String SOME = "some listeners are not valid; their status says why";

  private static List<Condition> conditions(Listener listener) {
    Optional<Condition> refused = listener.refused();
    boolean conflicted = refused.filter(c -> c.type().equals("Conflicted")).isPresent();
    Condition refs =
        listener.namesUnknownKinds() && listener.refs().status()
            ? Condition.bad(
                "ResolvedRefs", "InvalidRouteKinds", "the only kind of routes is HTTPRoute")
            : listener.refs();
    return List.of(
        refused.filter(c -> c.type().equals("Accepted")).orElse(Condition.good("Accepted")),
        conflicted
            ? new Condition("Conflicted", true, refused.get().reason(), refused.get().message())
            : new Condition("Conflicted", false, "NoConflicts", ""),
        listener.programmed()
            ? Condition.good("Programmed")
            : Condition.bad("Programmed", "Invalid", "the other conditions say why"),
        refs);
  }
}
