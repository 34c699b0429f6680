package io.croft.apiserver.rules;

import io.croft.model.Names;
import java.util.List;

/// Ingresses and network policies.
public final class Networking {
  private Networking() {}

  public static void ingress(Field object) {
    Field spec = object.at("spec");
    Field rules = spec.at("rules");
    Field fallback = spec.at("defaultBackend");
    if (rules.empty() && !fallback.present()) {
      spec.invalid(
          spec.present() ? spec.node() : "",
          "either `defaultBackend` or `rules` must be specified");
    }
    if (fallback.present()) {
      backend(fallback);
    }
    spec.at("ingressClassName").dnsSubdomain();
    for (Field tls : spec.at("tls").items()) {
      for (Field host : tls.at("hosts").items()) {
        host(host);
      }
      tls.at("secretName").dnsSubdomain();
    }
    for (Field rule : rules.items()) {
      if (!rule.at("host").empty()) {
        host(rule.at("host"));
      }
      if (rule.at("http").present()) {
        paths(rule.at("http", "paths"));
      }
    }
  }

  private static void host(Field host) {
    String name = host.text();
    if (Addresses.isIp(name)) {
      host.invalid("must be a DNS name, not an IP address");
    } else if (name.startsWith("*.")) {
      Names.dns1123Subdomain(name.substring(2)).forEach(host::invalid);
    } else if (name.contains("*")) {
      host.invalid(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain,"
              + " which must consist of lower case alphanumeric characters, '-' or '.' and end with"
              + " an alphanumeric character (e.g. '*.example.com', regex used for validation is"
              + " '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
    } else {
      host.dnsSubdomain();
    }
  }

  private static void paths(Field paths) {
    if (paths.empty()) {
      paths.required("");
    }
    for (Field path : paths.items()) {
      Field type = path.at("pathType");
      if (!type.present()) {
        type.required("pathType must be specified");
      } else {
        type.oneOf("Exact", "ImplementationSpecific", "Prefix");
      }
      Field value = path.at("path");
      boolean rooted = List.of("Exact", "Prefix").contains(type.text());
      if ((rooted || !value.empty()) && !value.text().startsWith("/")) {
        value.invalid(value.text(), "must be an absolute path");
      } else if (rooted) {
        for (String bad : List.of("//", "/./", "/../", "%2f", "%2F")) {
          if (value.text().contains(bad)) {
            value.invalid("must not contain '" + bad + "'");
          }
        }
      }
      backend(path.at("backend"));
    }
  }

  private static void backend(Field backend) {
    boolean service = backend.at("service").present();
    boolean resource = backend.at("resource").present();
    if (service && resource) {
      backend.invalid("", "cannot set both resource and service backends");
    } else if (resource) {
      backend.at("resource", "kind").need();
      backend.at("resource", "name").need();
    } else if (!service) {
      backend.required("must specify one of `service` or `resource`");
    } else {
      Field name = backend.at("service", "name");
      if (name.need()) {
        name.named(Names::dns1035Label);
      }
      Field port = backend.at("service", "port");
      boolean named = !port.at("name").empty();
      boolean numbered = port.at("number").number() != 0;
      if (named && numbered) {
        port.invalid("", "cannot set both port name & port number");
      } else if (named) {
        Ports.name(port.at("name").text()).forEach(port.at("name")::invalid);
      } else if (numbered) {
        port.at("number").port();
      } else {
        port.required("port name or number is required");
      }
    }
  }

  public static void ingressClass(Field object) {
    Field controller = object.at("spec", "controller");
    if (controller.need()) {
      int slash = controller.text().indexOf('/');
      String domain = slash < 0 ? controller.text() : controller.text().substring(0, slash);
      if (slash < 0) {
        controller.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")");
      }
      Names.dns1123Subdomain(domain).forEach(controller::invalid);
    }
    Field parameters = object.at("spec", "parameters");
    if (parameters.present()) {
      parameters.at("kind").need();
      parameters.at("name").need();
      parameters.at("scope").needOneOf("Cluster", "Namespace");
    }
  }

  public static void ingressClassUpdate(Field object, Field old) {
    object.at("spec", "controller").unchanged(old.at("spec", "controller"));
  }

  public static void networkPolicy(Field object) {
    Field spec = object.at("spec");
    Labels.selector(spec.at("podSelector"));
    for (Field rule : spec.at("ingress").items()) {
      rule(rule, "from");
    }
    for (Field rule : spec.at("egress").items()) {
      rule(rule, "to");
    }
    Field types = spec.at("policyTypes");
    if (types.node().size() > 2) {
      types.invalid("may not specify more than two policyTypes");
      return;
    }
    types.items().forEach(type -> type.oneOf("Egress", "Ingress"));
  }

  private static void rule(Field rule, String peers) {
    for (Field port : rule.at("ports").items()) {
      port.at("protocol").oneOf("SCTP", "TCP", "UDP");
      if (port.at("port").present()) {
        port.at("port").portOrName();
        Field end = port.at("endPort");
        if (end.present()) {
          if (port.at("port").node().isTextual()) {
            end.invalid("may not be specified when `port` is non-numeric");
          } else if (end.number() < port.at("port").number()) {
            end.invalid("must be greater than or equal to `port`");
          }
        }
      } else {
        if (port.at("endPort").present()) {
          port.at("endPort").invalid("may not be specified when `port` is not specified");
        }
      }
    }
    for (Field peer : rule.at(peers).items()) {
      boolean pods = peer.at("podSelector").present();
      boolean namespaces = peer.at("namespaceSelector").present();
      boolean block = peer.at("ipBlock").present();
      Labels.selector(peer.at("podSelector"));
      Labels.selector(peer.at("namespaceSelector"));
      if (block) {
        Addresses.cidr(peer.at("ipBlock", "cidr"));
        peer.at("ipBlock", "except").items().forEach(Addresses::cidr);
      }
      if (!pods && !namespaces && !block) {
        peer.required("must specify a peer");
      } else if (block && (pods || namespaces)) {
        peer.forbidden("may not specify both ipBlock and another peer");
      }
    }
  }

  public static void ipAddress(Field object) {
    Field name = object.at("metadata", "name");
    if (!Addresses.isIp(name.text())) {
      name.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
    Field parent = object.at("spec", "parentRef");
    if (parent.need()) {
      parent.at("resource").need();
      parent.at("name").need();
    }
  }

  public static void serviceCidr(Field object) {
    Field ranges = object.at("spec", "cidrs");
    if (ranges.empty()) {
      ranges.required("at least one CIDR required");
    } else if (ranges.node().size() > 2) {
      ranges.invalid("may only hold up to 2 values");
    }
    ranges.items().forEach(Addresses::cidr);
  }
}
