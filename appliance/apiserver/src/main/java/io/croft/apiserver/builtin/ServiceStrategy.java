package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.defaults.NetworkDefaults;
import io.croft.apiserver.rules.Services;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.GroupVersionKind;
import io.croft.model.NameRule;
import io.croft.model.Statuses;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Services. Each gets an address of the service range and, where its type asks for them, ports of
/// the nodes' range; what one service has no other one gets. What is taken is known from the stored
/// services, which are told to `written` when the server starts.
public final class ServiceStrategy extends KindStrategy {
  private static final GroupVersionKind KIND = new GroupVersionKind("", "v1", "Service");

  private final ServiceNetwork network;
  private final ServiceAddresses addresses;
  private final Allocations<Long> ports = new Allocations<>();

  /// Objects on their way to the store, for which address and ports have been reserved.
  private final Set<ApiObject> prepared = ConcurrentHashMap.newKeySet();

  public ServiceStrategy(ServiceNetwork network) {
    this.network = network;
    this.addresses = new ServiceAddresses(network);
    defaults(NetworkDefaults::service)
        .rules(Services::service)
        .updates(Services::serviceUpdate)
        .names(NameRule.DNS_1035_LABEL);
  }

  @Override
  public void prepareForCreate(ApiObject object) {
    object.json().putObject("status").putObject("loadBalancer");
    prepare(object, null);
  }

  @Override
  public void prepareForUpdate(ApiObject object, ApiObject old) {
    prepare(object, old);
  }

  private void prepare(ApiObject object, @Nullable ApiObject old) {
    prepared.add(object);
    NetworkDefaults.service(object.json());
    ObjectNode spec = (ObjectNode) object.json().path("spec");
    if (old != null) {
      keepPorts(spec, old.json().path("spec"));
    }
    var errors = new FieldErrors();
    addresses.assign(object, old, errors);
    if (errors.isEmpty()) {
      nodePorts(object, spec, errors);
    }
    if (!errors.isEmpty()) {
      throw Statuses.invalid(KIND, object.name(), errors.list());
    }
  }

  /// An update that says nothing of the ports of nodes keeps them.
  private static void keepPorts(ObjectNode spec, JsonNode old) {
    if (!takesNodePorts(spec)) {
      dropInherited(spec, old);
      return;
    }
    Map<String, JsonNode> opened = new HashMap<>();
    for (JsonNode before : old.path("ports")) {
      if (before.path("nodePort").asInt(0) != 0) {
        opened.put(place(before), before.path("nodePort"));
      }
    }
    for (JsonNode node : spec.path("ports")) {
      if (node instanceof ObjectNode port && port.path("nodePort").asInt(0) == 0) {
        JsonNode before = opened.get(place(port));
        if (before != null) {
          port.set("nodePort", before);
        }
      }
    }
  }

  private static String place(JsonNode port) {
    return port.path("protocol").asText() + "/" + port.path("port").asText();
  }

  /// Ports that came with a type which opened some go with it.
  private static void dropInherited(ObjectNode spec, JsonNode old) {
    if (!takesNodePorts(old)) {
      return;
    }
    Set<JsonNode> opened = new HashSet<>();
    old.path("ports").forEach(before -> opened.add(before.path("nodePort")));
    for (JsonNode port : spec.path("ports")) {
      if (port instanceof ObjectNode closed && opened.contains(port.path("nodePort"))) {
        closed.remove("nodePort");
      }
    }
    if (spec.path("externalTrafficPolicy").equals(old.path("externalTrafficPolicy"))
        && spec.path("externalIPs").isEmpty()) {
      spec.remove("externalTrafficPolicy");
    }
    if (spec.path("allocateLoadBalancerNodePorts")
        .equals(old.path("allocateLoadBalancerNodePorts"))) {
      spec.remove("allocateLoadBalancerNodePorts");
    }
  }

  private void nodePorts(ApiObject object, ObjectNode spec, FieldErrors errors) {
    if (!takesNodePorts(spec)) {
      return;
    }
    boolean wanted =
        !spec.path("type").asText().equals("LoadBalancer")
            || spec.path("allocateLoadBalancerNodePorts").asBoolean(true);
    Set<Long> given = portsOf(object);
    Set<Long> own = new HashSet<>();
    int index = 0;
    for (JsonNode node : spec.path("ports")) {
      String path = "spec.ports[" + index++ + "].nodePort";
      if (!(node instanceof ObjectNode port) || !errors.isEmpty()) {
        continue;
      }
      long number = port.path("nodePort").asLong(0);
      if (number == 0 && wanted) {
        nodePort(object.uid(), given, port, path, errors);
      } else if (number != 0 && !network.ports().contains(number)) {
        errors.add(
            FieldError.invalid(
                path,
                number,
                "provided port is not in the valid range. The range of valid ports is "
                    + network.ports()));
      } else if (number != 0 && own.add(number) && !ports.reserve(number, object.uid())) {
        errors.add(FieldError.invalid(path, number, "provided port is already allocated"));
      }
    }
  }

  /// @param given the ports that the service names itself
  private void nodePort(
      String owner, Set<Long> given, ObjectNode port, String path, FieldErrors errors) {
    int count = network.ports().size();
    int start = ThreadLocalRandom.current().nextInt(count);
    for (int i = 0; i < count; i++) {
      int candidate = network.ports().first() + (start + i) % count;
      if (!given.contains((long) candidate) && ports.reserve((long) candidate, owner)) {
        given.add((long) candidate);
        port.put("nodePort", candidate);
        return;
      }
    }
    errors.add(FieldError.invalid(path, 0, "failed to allocate a nodePort: range is full"));
  }

  private static boolean takesNodePorts(JsonNode spec) {
    return List.of("NodePort", "LoadBalancer").contains(spec.path("type").asText());
  }

  private static Set<Long> portsOf(ApiObject object) {
    var found = new HashSet<Long>();
    JsonNode spec = object.json().path("spec");
    for (JsonNode port : takesNodePorts(spec) ? spec.path("ports") : object.json().arrayNode()) {
      if (port.path("nodePort").asLong(0) != 0) {
        found.add(port.path("nodePort").asLong());
      }
    }
    return found;
  }

  @Override
  public void abandoned(ApiObject object, @Nullable ApiObject old) {
    if (prepared.remove(object)) {
      addresses.release(object);
      ports.release(portsOf(object), object.uid());
    }
  }

  @Override
  public void written(ApiObject object) {
    long revision = Long.parseLong(object.resourceVersion());
    boolean reserved = prepared.remove(object);
    addresses.stored(object, reserved);
    ports.stored(object.uid(), portsOf(object), reserved, revision);
  }

  @Override
  public void removed(ApiObject last, long revision) {
    abandoned(last, null); // it may have been an update that let it go
    addresses.removed(last);
    ports.removed(last.uid());
  }
}
