package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.routing.HostPattern;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// One of a route's parents that is a gateway of ours, and whether the route is attached to it.
final class Attachment {
  private final ApiObject route;
  private final JsonNode ref;
  private final List<Listener> listeners = new ArrayList<>();
  private final Set<HostPattern> hosts = new LinkedHashSet<>();
  private Condition accepted = Condition.good("Accepted");
  private Condition refs = Condition.good("ResolvedRefs");
  private final List<String> conflicts = new ArrayList<>();

  /// @param all the listeners of the gateway
  Attachment(ApiObject route, JsonNode ref, List<Listener> all, Cluster cluster) {
    this.route = route;
    this.ref = ref;
    String section = ref.path("sectionName").asText("");
    int port = ref.path("port").asInt(0);
    List<Listener> meant =
        all.stream()
            .filter(l -> section.isEmpty() || l.name().equals(section))
            .filter(l -> port == 0 || l.port() == port)
            .toList();
    List<Listener> allowing = meant.stream().filter(l -> l.allows(route, cluster)).toList();
    JsonNode hostnames = route.json().path("spec").path("hostnames");
    for (Listener listener : allowing) {
      List<HostPattern> common = listener.hosts(hostnames);
      if (!common.isEmpty()) {
        listeners.add(listener);
        if (listener.programmed()) {
          hosts.addAll(common);
        }
      }
    }
    if (meant.isEmpty()) {
      refuse("NoMatchingParent", "the gateway has no such listener");
    } else if (allowing.isEmpty()) {
      refuse("NotAllowedByListeners", "no listener allows routes of this kind and namespace");
    } else if (listeners.isEmpty()) {
      refuse("NoMatchingListenerHostname", "no listener has a hostname of the route's");
    }
  }

  void refuse(String reason, String message) {
    accepted = Condition.bad("Accepted", reason, message);
    hosts.clear();
    listeners.clear();
  }

  void refs(Condition resolved) {
    refs = resolved;
  }

  /// Another route is asked for the same, and comes first.
  void conflict(String message) {
    if (conflicts.size() < MAX_CONFLICTS) {
      conflicts.add(message);
    }
  }

  private static final int MAX_CONFLICTS = 8;

  /// Under which requests come in; empty when the route is not accepted, or no listener works.
  Set<HostPattern> hosts() {
    return hosts;
  }

  List<Listener> listeners() {
    return listeners;
  }

  ObjectNode toJson(Instant now) {
    var conditions = new ArrayList<Condition>(List.of(accepted, refs));
    if (!conflicts.isEmpty()) {
      conditions.add(
          new Condition(
              Kinds.OWN_GROUP + "/Conflicted", true, "MatchTaken", String.join("; ", conflicts)));
    }
    ObjectNode json = Json.object();
    json.set("conditions", Condition.toJson(conditions, before(), route.generation(), now));
    json.put("controllerName", Kinds.CONTROLLER);
    json.set("parentRef", ref);
    return json;
  }

  private JsonNode before() {
    for (JsonNode parent : route.json().path("status").path("parents")) {
      if (parent.path("parentRef").equals(ref) && isOurs(parent)) {
        return parent.path("conditions");
      }
    }
    return Json.array();
  }

  static boolean isOurs(JsonNode parent) {
    return parent.path("controllerName").asText("").equals(Kinds.CONTROLLER);
  }

  /// A route's status with these for what we have said before, and what others have said as it is.
  static ObjectNode status(ApiObject route, List<Attachment> attachments, Instant now) {
    ArrayNode parents = Json.array();
    for (JsonNode parent : route.json().path("status").path("parents")) {
      if (!isOurs(parent)) {
        parents.add(parent);
      }
    }
    attachments.forEach(a -> parents.add(a.toJson(now)));
    ObjectNode status = Json.object();
    status.set("parents", parents);
    return status;
  }
}
