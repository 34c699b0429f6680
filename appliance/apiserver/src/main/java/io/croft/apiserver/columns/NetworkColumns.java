package io.croft.apiserver.columns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Column;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Columns of services and of what leads to them.
public final class NetworkColumns {
  private NetworkColumns() {}

  public static List<Column> service() {
    return List.of(
        Column.NAME,
        Cells.field("Type", "How it is reached.", "spec.type"),
        Cells.field("Cluster-IP", "Its address within the cluster.", "spec.clusterIP", Cells.NONE),
        Cells.text("External-IP", "Its addresses outside.", NetworkColumns::externalIp),
        Cells.text("Port(s)", "Its ports.", NetworkColumns::ports),
        Column.AGE,
        Cells.text("Selector", "Which pods serve.", o -> Cells.labels(Cells.at(o, "spec.selector")))
            .wide());
  }

  private static String externalIp(ObjectNode service) {
    List<String> fixed = Cells.texts(Cells.at(service, "spec.externalIPs"));
    return switch (Cells.text(service, "spec.type", "")) {
      case "LoadBalancer" -> {
        Set<String> all = new LinkedHashSet<>(balanced(service));
        all.addAll(fixed);
        yield all.isEmpty() ? "<pending>" : String.join(",", all);
      }
      case "ExternalName" -> Cells.text(service, "spec.externalName", Cells.NONE);
      default -> Cells.joined(fixed);
    };
  }

  private static List<String> balanced(ObjectNode object) {
    var addresses = new ArrayList<String>();
    for (JsonNode ingress : Cells.at(object, "status.loadBalancer.ingress")) {
      String address = Cells.text(ingress, "ip", Cells.text(ingress, "hostname", ""));
      if (!address.isEmpty()) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  private static String ports(ObjectNode service) {
    var texts = new ArrayList<String>();
    for (JsonNode port : Cells.at(service, "spec.ports")) {
      long node = port.path("nodePort").asLong(0);
      texts.add(
          port.path("port").asText()
              + (node > 0 ? ":" + node : "")
              + "/"
              + port.path("protocol").asText());
    }
    return Cells.joined(texts);
  }

  public static List<Column> endpoints() {
    return List.of(
        Column.NAME,
        Cells.text(
            "Endpoints",
            "Addresses and ports.",
            o -> {
              var all = new ArrayList<String>();
              for (JsonNode subset : o.path("subsets")) {
                for (JsonNode address : subset.path("addresses")) {
                  String ip = address.path("ip").asText();
                  if (subset.path("ports").isEmpty()) {
                    all.add(ip);
                  }
                  for (JsonNode port : subset.path("ports")) {
                    all.add(
                        (ip.contains(":") ? "[" + ip + "]" : ip)
                            + ":"
                            + port.path("port").asText());
                  }
                }
              }
              return Cells.few(all, 3);
            }),
        Column.AGE);
  }

  public static List<Column> endpointSlice() {
    return List.of(
        Column.NAME,
        Cells.field("AddressType", "What its addresses are.", "addressType"),
        Cells.text(
            "Ports",
            "Ports.",
            o -> {
              List<String> ports = Cells.each(o.path("ports"), "port");
              return ports.isEmpty() ? Cells.UNSET : Cells.few(ports, 3);
            }),
        Cells.text(
            "Endpoints",
            "Addresses.",
            o -> {
              var all = new ArrayList<String>();
              o.path("endpoints").forEach(e -> all.addAll(Cells.texts(e.path("addresses"))));
              return all.isEmpty() ? Cells.UNSET : Cells.few(all, 3);
            }),
        Column.AGE);
  }

  public static List<Column> ingress() {
    return List.of(
        Column.NAME,
        Cells.field("Class", "Which controller serves it.", "spec.ingressClassName", Cells.NONE),
        Cells.text(
            "Hosts",
            "Names that it serves.",
            o -> {
              Set<String> hosts = new LinkedHashSet<>();
              Cells.each(Cells.at(o, "spec.rules"), "host")
                  .forEach(host -> hosts.add(host.isEmpty() ? "*" : host));
              return hosts.isEmpty() ? "*" : Cells.few(List.copyOf(hosts), 3);
            }),
        Cells.text("Address", "Where it is reached.", o -> String.join(",", balanced(o))),
        Cells.text(
            "Ports", "Its ports.", o -> Cells.at(o, "spec.tls").isEmpty() ? "80" : "80, 443"),
        Column.AGE);
  }

  public static List<Column> ingressClass() {
    return List.of(
        Column.NAME,
        Cells.field("Controller", "Who serves its ingresses.", "spec.controller"),
        Cells.text(
            "Parameters",
            "What the controller reads besides.",
            o -> {
              JsonNode parameters = Cells.at(o, "spec.parameters");
              if (parameters.isMissingNode()) {
                return Cells.NONE;
              }
              String group = parameters.path("apiGroup").asText("");
              return parameters.path("kind").asText()
                  + (group.isEmpty() ? "" : "." + group)
                  + "/"
                  + parameters.path("name").asText();
            }),
        Column.AGE);
  }

  public static List<Column> networkPolicy() {
    return List.of(
        Column.NAME,
        Cells.text(
            "Pod-Selector",
            "Whom it is about.",
            o -> Cells.selector(Cells.at(o, "spec.podSelector"))),
        Column.AGE);
  }

  public static List<Column> ipAddress() {
    return List.of(
        Column.NAME,
        Cells.text(
            "ParentRef",
            "Whose it is.",
            o -> {
              JsonNode parent = Cells.at(o, "spec.parentRef");
              var steps = new ArrayList<String>();
              for (String field : List.of("resource", "namespace", "name")) {
                if (!parent.path(field).asText("").isEmpty()) {
                  String group = field.equals("resource") ? parent.path("group").asText("") : "";
                  steps.add(parent.path(field).asText() + (group.isEmpty() ? "" : "." + group));
                }
              }
              return String.join("/", steps);
            }),
        Column.AGE);
  }

  public static List<Column> serviceCidr() {
    return List.of(
        Column.NAME,
        Cells.text(
            "CIDRs", "Its ranges.", o -> String.join(",", Cells.texts(Cells.at(o, "spec.cidrs")))),
        Column.AGE);
  }
}
