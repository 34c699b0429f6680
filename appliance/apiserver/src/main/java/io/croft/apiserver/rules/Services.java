package io.croft.apiserver.rules;

import io.croft.model.FieldError;
import io.croft.model.Names;
import java.util.List;

/// Services, and the endpoints behind them.
public final class Services {
  private static final String[] PROTOCOLS = {"SCTP", "TCP", "UDP"};
  private static final int MAX_AFFINITY_SECONDS = 86_400;

  private Services() {}

  public static void service(Field object) {
    Field spec = object.at("spec");
    Field type = spec.at("type");
    type.needOneOf("ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
    boolean headless = spec.at("clusterIP").text().equals("None");
    boolean external = type.text().equals("ExternalName");
    if (!headless && !external && spec.at("ports").empty()) {
      spec.at("ports").required("");
    }
    if (headless && List.of("NodePort", "LoadBalancer").contains(type.text())) {
      spec.at("clusterIPs")
          .items()
          .forEach(ip -> ip.invalid("may not be set to 'None' for " + type.text() + " services"));
    }
    ports(spec);
    Labels.check(spec.at("selector"));
    affinity(spec);
    addresses(spec);
    externalName(spec);
    traffic(spec);
  }

  private static void ports(Field spec) {
    Field ports = spec.at("ports");
    boolean several = ports.node().size() > 1;
    for (Field port : ports.items()) {
      Field name = port.at("name");
      if (name.empty()) {
        if (several) {
          name.required("");
        }
      } else {
        name.dnsLabel();
      }
      port.at("port").needPort();
      port.at("protocol").needOneOf(PROTOCOLS);
      port.at("targetPort").portOrName();
      if (port.at("nodePort").number() != 0 && !takesNodePorts(spec)) {
        port.at("nodePort")
            .forbidden("may not be used when `type` is '" + spec.at("type").text() + "'");
      }
    }
    ports.uniqueBy("name");
    ports.unique(p -> p.at("protocol").text() + "/" + p.at("port").text(), p -> p);
    ports.unique(
        p ->
            p.at("nodePort").number() == 0
                ? ""
                : p.at("protocol").text() + "/" + p.at("nodePort").text(),
        p -> p.at("nodePort"));
  }

  /// Whether a service of this type is reached through a port on every node.
  public static boolean takesNodePorts(Field spec) {
    return List.of("NodePort", "LoadBalancer").contains(spec.at("type").text());
  }

  private static void affinity(Field spec) {
    spec.at("sessionAffinity").needOneOf("ClientIP", "None");
    Field config = spec.at("sessionAffinityConfig");
    if (spec.at("sessionAffinity").text().equals("None")) {
      config.mustBeAbsent("must not be set when session affinity is None");
    } else if (config.present()) {
      Field seconds = config.at("clientIP", "timeoutSeconds");
      if (seconds.number() <= 0 || seconds.number() > MAX_AFFINITY_SECONDS) {
        seconds.invalid("must be greater than 0 and less than " + MAX_AFFINITY_SECONDS);
      }
    }
  }

  private static void addresses(Field spec) {
    for (Field ip : spec.at("clusterIPs").items()) {
      if (!ip.text().equals("None")) {
        Addresses.ip(ip);
      }
    }
    Field first = spec.at("clusterIPs").key("0");
    String single = spec.at("clusterIP").text();
    List<String> all = spec.at("clusterIPs").texts();
    if (!all.isEmpty() && !all.getFirst().equals(single)) {
      spec.at("clusterIPs")
          .add(
              FieldError.invalid(
                  first.path(),
                  spec.at("clusterIPs").node(),
                  "first value must match `clusterIP`"));
    }
    spec.at("externalIPs").items().forEach(Addresses::ip);
    spec.at("ipFamilies").items().forEach(f -> f.oneOf("IPv4", "IPv6"));
    spec.at("ipFamilies").unique(Field::text, f -> f);
    spec.at("ipFamilyPolicy").oneOf("SingleStack", "PreferDualStack", "RequireDualStack");
    for (Field range : spec.at("loadBalancerSourceRanges").items()) {
      Addresses.cidr(range);
    }
    if (!spec.at("loadBalancerSourceRanges").empty()
        && !spec.at("type").text().equals("LoadBalancer")) {
      spec.at("loadBalancerSourceRanges")
          .forbidden("may only be used when `type` is 'LoadBalancer'");
    }
  }

  private static void externalName(Field spec) {
    if (!spec.at("type").text().equals("ExternalName")) {
      return;
    }
    Field name = spec.at("externalName");
    if (name.need()) {
      String text = name.text();
      Names.dns1123Subdomain(text.endsWith(".") ? text.substring(0, text.length() - 1) : text)
          .forEach(name::invalid);
    }
    if (!spec.at("clusterIP").empty()) {
      spec.at("clusterIPs").forbidden("may not be set for ExternalName services");
    }
  }

  private static void traffic(Field spec) {
    Field external = spec.at("externalTrafficPolicy");
    boolean reachable = takesNodePorts(spec) || !spec.at("externalIPs").empty();
    if (external.present()) {
      external.oneOf("Cluster", "Local");
      if (!reachable) {
        external.invalid("may only be set for externally-accessible services");
      }
    }
    spec.at("internalTrafficPolicy").oneOf("Cluster", "Local");
    if (spec.at("healthCheckNodePort").number() != 0
        && !(spec.at("type").text().equals("LoadBalancer") && external.text().equals("Local"))) {
      spec.at("healthCheckNodePort")
          .invalid(
              "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is"
                  + " 'Local'");
    }
    boolean balanced = spec.at("type").text().equals("LoadBalancer");
    for (String field : List.of("allocateLoadBalancerNodePorts", "loadBalancerClass")) {
      if (!balanced) {
        spec.at(field).mustBeAbsent("may only be used when `type` is 'LoadBalancer'");
      }
    }
  }

  public static void serviceUpdate(Field object, Field old) {
    Field spec = object.at("spec");
    Field before = old.at("spec");
    boolean wasExternal = before.at("type").text().equals("ExternalName");
    boolean isExternal = spec.at("type").text().equals("ExternalName");
    String had = before.at("clusterIP").text();
    if (!wasExternal && !isExternal && !had.isEmpty() && !spec.at("clusterIP").text().equals(had)) {
      spec.at("clusterIPs")
          .add(
              FieldError.invalid(
                  "spec.clusterIPs[0]",
                  spec.at("clusterIPs").node().isMissingNode()
                      ? spec.at("clusterIP").text()
                      : spec.at("clusterIPs").node(),
                  "may not change once set"));
    }
  }

  public static void endpoints(Field object) {
    for (Field subset : object.at("subsets").items()) {
      if (subset.at("addresses").empty() && subset.at("notReadyAddresses").empty()) {
        subset.required("must specify `addresses` or `notReadyAddresses`");
      }
      for (String list : List.of("addresses", "notReadyAddresses")) {
        subset.at(list).items().forEach(address -> address(address));
      }
      boolean several = subset.at("ports").node().size() > 1;
      for (Field port : subset.at("ports").items()) {
        if (port.at("name").empty()) {
          if (several) {
            port.at("name").required("");
          }
        } else {
          port.at("name").dnsLabel();
        }
        port.at("port").needPort();
        port.at("protocol").oneOf(PROTOCOLS);
      }
    }
  }

  private static void address(Field address) {
    if (address.at("ip").need()) {
      Addresses.ip(address.at("ip"));
    }
    address.at("hostname").dnsLabel();
    address.at("nodeName").dnsSubdomain();
  }

  public static void endpointSlice(Field object) {
    Field type = object.at("addressType");
    type.needOneOf("FQDN", "IPv4", "IPv6");
    Field endpoints = object.at("endpoints");
    if (endpoints.node().size() > 1000) {
      endpoints.add(FieldError.tooMany(endpoints.path(), endpoints.node().size(), 1000));
    }
    for (Field endpoint : endpoints.items()) {
      Field addresses = endpoint.at("addresses");
      if (addresses.empty()) {
        addresses.required("must contain at least 1 address");
      }
      for (Field address : addresses.items()) {
        if (type.text().equals("FQDN")) {
          address.dnsSubdomain();
        } else {
          Addresses.ip(address);
        }
      }
    }
    object.at("ports").unique(p -> p.at("name").text() + " ", p -> p.at("name"));
    for (Field port : object.at("ports").items()) {
      if (!port.at("name").empty()) {
        port.at("name").dnsLabel();
      }
      port.at("protocol").oneOf(PROTOCOLS);
    }
  }

  public static void endpointSliceUpdate(Field object, Field old) {
    object.at("addressType").unchanged(old.at("addressType"));
  }
}
