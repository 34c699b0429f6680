package io.croft.apiserver.rules;

import java.util.Set;

/// What every pod asks for, be it a pod of its own or a template's.
final class PodSpecs {
  private static final long MAX_ID = Integer.MAX_VALUE;

  private PodSpecs() {}

  static void check(Field spec) {
    Set<String> volumes = Volumes.check(spec.at("volumes"));
    var containers = new Containers(volumes, spec.at("restartPolicy").text().equals("Never"));
    containers.regular(spec.at("containers"));
    containers.init(spec.at("initContainers"));
    containers.ephemeral(spec.at("ephemeralContainers"));
    spec.at("restartPolicy").needOneOf("Always", "OnFailure", "Never");
    spec.at("dnsPolicy").needOneOf("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
    if (spec.at("dnsPolicy").text().equals("None") && spec.at("dnsConfig", "nameservers").empty()) {
      spec.at("dnsConfig", "nameservers")
          .required("must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
    Placement.check(spec);
    identity(spec);
    securityContext(spec.at("securityContext"));
    Field deadline = spec.at("activeDeadlineSeconds");
    deadline.within(1, Integer.MAX_VALUE);
    spec.at("terminationGracePeriodSeconds").nonNegative();
    spec.at("preemptionPolicy").oneOf("Never", "PreemptLowerPriority");
    spec.at("os", "name").oneOf("linux", "windows");
    spec.at("overhead").values().forEach(Field::nonNegativeAmount);
    hostAliases(spec.at("hostAliases"));
    spec.at("schedulingGates").uniqueBy("name");
  }

  private static void identity(Field spec) {
    spec.at("serviceAccountName").dnsSubdomain();
    spec.at("nodeName").dnsSubdomain();
    spec.at("priorityClassName").dnsSubdomain();
    spec.at("runtimeClassName").dnsSubdomain();
    spec.at("hostname").dnsLabel();
    spec.at("subdomain").dnsLabel();
    if (spec.at("schedulerName").present()) {
      spec.at("schedulerName").dnsSubdomain();
    }
  }

  private static void securityContext(Field context) {
    for (String id : new String[] {"runAsUser", "runAsGroup", "fsGroup"}) {
      context.at(id).within(0, MAX_ID);
    }
    context.at("supplementalGroups").items().forEach(group -> group.within(0, MAX_ID));
    context.at("fsGroupChangePolicy").oneOf("Always", "OnRootMismatch");
  }

  private static void hostAliases(Field aliases) {
    for (Field alias : aliases.items()) {
      Addresses.ip(alias.at("ip"));
      alias.at("hostnames").items().forEach(Field::dnsSubdomain);
    }
  }

  /// A template of pods.
  ///
  /// @param restartPolicies those that the owner's kind can do with; empty for all
  static void template(Field template, Set<String> restartPolicies) {
    Labels.check(template.at("metadata", "labels"));
    Field spec = template.at("spec");
    check(spec);
    if (!restartPolicies.isEmpty() && spec.at("restartPolicy").present()) {
      spec.at("restartPolicy").oneOf(restartPolicies);
    }
    spec.at("ephemeralContainers").mustBeAbsent("ephemeral containers not allowed in pod template");
  }
}
