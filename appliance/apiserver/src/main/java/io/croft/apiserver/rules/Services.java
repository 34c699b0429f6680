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
    others(spec);
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

  /// What a service says of its own addresses and their families.
  public static void addresses(Field spec) {
    if (spec.at("type").text().equals("ExternalName")) {
      return;
    }
    Field addresses = spec.at("clusterIPs");
    List<String> texts = addresses.texts();
    String single = spec.at("clusterIP").text();
    if (single.isEmpty()
        ? !texts.isEmpty()
        : !texts.isEmpty() && !texts.getFirst().equals(single)) {
      addresses.invalid(
          single.isEmpty()
              ? "must be empty when `clusterIP` is not specified"
              : "first value must match `clusterIP`");
    }
    spec.at("ipFamilies").items().forEach(f -> f.oneOf(Addresses.IPV4, Addresses.IPV6));
    spec.at("ipFamilies").unique(Field::text, f -> f);
    spec.at("ipFamilyPolicy").oneOf("PreferDualStack", "RequireDualStack", "SingleStack");
    if (texts.size() > 2) {
      addresses.invalid("may only hold up to 2 values");
    }
    if (texts.equals(List.of("None")) || !areIps(addresses)) {
      return;
    }
    if (texts.stream().map(Addresses::family).distinct().count() < texts.size()) {
      addresses.invalid("may specify no more than one IP for each IP family");
    }
    List<String> families = spec.at("ipFamilies").texts();
    for (int i = 0; i < Math.min(texts.size(), families.size()); i++) {
      if (!families.get(i).equals(Addresses.family(texts.get(i)))) {
        addresses
            .item(i)
            .invalid(
                "expected an "
                    + families.get(i)
                    + " value as indicated by `ipFamilies["
                    + i
                    + "]`");
      }
    }
  }

  private static boolean areIps(Field addresses) {
    boolean all = true;
    for (int i = 0; i < addresses.node().size(); i++) {
      Field address = addresses.item(i);
      if (i == 0 && address.text().equals("None")) {
        addresses.invalid("'None' must be the first and only value");
        all = false;
      } else if (!Addresses.isIp(address.text())) {
        address.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        all = false;
      }
    }
    return all;
  }

  private static void others(Field spec) {
    spec.at("externalIPs").items().forEach(Addresses::ip);
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
    for (String field : List.of("clusterIPs", "ipFamilies", "ipFamilyPolicy")) {
      if (!spec.at(field).empty()) {
        spec.at(field).forbidden("may not be set for ExternalName services");
      }
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
    if (before.at("type").text().equals("ExternalName")
        || spec.at("type").text().equals("ExternalName")) {
      return;
    }
    boolean wasHeadless = before.at("clusterIP").text().equals("None");
    boolean isHeadless = spec.at("clusterIP").text().equals("None");
    if (wasHeadless && isHeadless) {
      return;
    }
    stays(spec, before, "clusterIPs", "secondary clusterIP");
    if (wasHeadless == isHeadless) {
      stays(spec, before, "ipFamilies", "secondary ipFamily");
    }
  }

  /// The first of a list stays; a second one may come, and go if that is said.
  private static void stays(Field spec, Field before, String list, String second) {
    Field now = spec.at(list);
    List<String> values = now.texts();
    List<String> had = before.at(list).texts();
    for (int i = 0; i < Math.min(had.size(), values.size()); i++) {
      if (!had.get(i).equals(values.get(i))) {
        now.add(
            FieldError.invalid(now.path() + "[" + i + "]", now.node(), "may not change once set"));
      }
    }
    if (values.isEmpty() && !had.isEmpty()) {
      now.add(
          FieldError.invalid(
              now.path() + "[0]",
              List.of(),
              "primary "
                  + (list.equals("clusterIPs") ? "clusterIP" : "ipFamily")
                  + " can not be unset"));
    }
    if (had.size() == 2
        && values.size() == 1
        && !spec.at("ipFamilyPolicy").text().equals("SingleStack")) {
      spec.at("ipFamilyPolicy")
          .invalid("must be set to 'SingleStack' when releasing the " + second);
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
