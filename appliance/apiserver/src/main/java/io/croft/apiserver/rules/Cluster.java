package io.croft.apiserver.rules;

import io.croft.model.FieldError;
import io.croft.model.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Nodes, and the limits of namespaces.
public final class Cluster {
  private static final List<String> EFFECTS =
      List.of("NoSchedule", "PreferNoSchedule", "NoExecute");
  private static final List<String> SCOPES =
      List.of(
          "BestEffort",
          "CrossNamespacePodAffinity",
          "NotBestEffort",
          "NotTerminating",
          "PriorityClass",
          "Terminating",
          "VolumeAttributesClass");

  private Cluster() {}

  public static void node(Field object) {
    Field spec = object.at("spec");
    Set<String> seen = new HashSet<>();
    for (Field taint : spec.at("taints").items()) {
      Field key = taint.at("key");
      Names.qualifiedName(key.text()).forEach(key::invalid);
      Names.labelValue(taint.at("value").text()).forEach(taint.at("value")::invalid);
      taint.at("effect").needOneOf(EFFECTS.toArray(String[]::new));
      if (!seen.add(key.text() + ":" + taint.at("effect").text())) {
        taint.duplicate();
      }
    }
    List<Field> ranges = spec.at("podCIDRs").items();
    ranges.forEach(Addresses::cidr);
    if (ranges.size() > 2) {
      spec.at("podCIDRs").invalid("may specify no more than one CIDR for each IP family");
    }
    for (String part : List.of("capacity", "allocatable")) {
      object.at("status", part).values().forEach(Field::nonNegativeAmount);
    }
  }

  public static void nodeUpdate(Field object, Field old) {
    Field ranges = object.at("spec", "podCIDRs");
    if (!old.at("spec", "podCIDRs").empty() && !ranges.same(old.at("spec", "podCIDRs"))) {
      object
          .at("spec", "podCIDRs")
          .forbidden("node updates may not change podCIDR except from \"\" to valid");
    }
    Field provider = object.at("spec", "providerID");
    if (!old.at("spec", "providerID").empty() && !provider.same(old.at("spec", "providerID"))) {
      provider.forbidden("node updates may not change providerID except from \"\" to valid");
    }
  }

  public static void quota(Field object) {
    Field spec = object.at("spec");
    ResourceAmounts.ofObject(spec.at("hard"));
    spec.at("scopes").items().forEach(scope -> scope.oneOf(SCOPES));
    for (Field selector : spec.at("scopeSelector", "matchExpressions").items()) {
      selector.at("scopeName").oneOf(SCOPES);
      selector.at("operator").oneOf("DoesNotExist", "Exists", "In", "NotIn");
    }
    List<String> scopes = spec.at("scopes").texts();
    Map.of("BestEffort", "NotBestEffort", "Terminating", "NotTerminating")
        .forEach((one, other) -> {
          if (scopes.contains(one) && scopes.contains(other)) {
            spec.at("scopes").invalid("conflicting scopes");
          }
        });
  }

  public static void quotaUpdate(Field object, Field old) {
    object.at("spec", "scopes").unchanged(old.at("spec", "scopes"));
    object.at("spec", "scopeSelector").unchanged(old.at("spec", "scopeSelector"));
  }

  public static void limitRange(Field object) {
    Set<String> types = new HashSet<>();
    for (Field limit : object.at("spec", "limits").items()) {
      Field type = limit.at("type");
      if (type.need() && !types.add(type.text())) {
        type.duplicate();
      }
      limit(limit);
    }
  }

  private static void limit(Field limit) {
    String type = limit.at("type").text();
    if (type.equals("Pod")) {
      for (String part : List.of("default", "defaultRequest")) {
        if (!limit.at(part).empty()) {
          limit.at(part).forbidden("may not be specified when `type` is 'Pod'");
        }
      }
    }
    if (type.equals("PersistentVolumeClaim")
        && !limit.at("min", "storage").present()
        && !limit.at("max", "storage").present()) {
      limit.required(
          "either minimum or maximum storage value is required, but neither was provided");
    }
    for (String part : List.of("max", "min", "default", "defaultRequest")) {
      limit.at(part).values().forEach(Field::nonNegativeAmount);
    }
    ordered(limit, "min", "max");
    ordered(limit, "min", "defaultRequest");
    ordered(limit, "defaultRequest", "default");
    ordered(limit, "default", "max");
    ordered(limit, "min", "default");
    ordered(limit, "defaultRequest", "max");
  }

  private static void ordered(Field limit, String low, String high) {
    for (var entry : limit.at(low).node().properties()) {
      Field small = limit.at(low).key(entry.getKey());
      Field large = limit.at(high).key(entry.getKey());
      if (large.present() && small.amount().compareTo(large.amount()) > 0) {
        small.add(
            FieldError.invalid(
                small.path(),
                small.text(),
                words(low)
                    + " value "
                    + small.text()
                    + " is greater than "
                    + words(high)
                    + " value "
                    + large.text()));
      }
    }
  }

  private static String words(String part) {
    return switch (part) {
      case "defaultRequest" -> "default request";
      case "default" -> "default limit";
      default -> part;
    };
  }

  public static void autoscaler(Field object) {
    Field spec = object.at("spec");
    Field most = spec.at("maxReplicas");
    Field least = spec.at("minReplicas");
    if (least.present() && least.number() < 1) {
      least.invalid("must be greater than or equal to 1");
    }
    if (most.number() < 1) {
      most.invalid("must be greater than 0");
    }
    if (least.present() && most.number() < least.number()) {
      most.invalid("must be greater than or equal to `minReplicas`");
    }
    Field target = spec.at("scaleTargetRef");
    target.at("kind").need();
    target.at("name").need();
    spec.at("targetCPUUtilizationPercentage").positive();
    spec.at("metrics").items().forEach(Cluster::metric);
    for (String way : List.of("scaleUp", "scaleDown")) {
      Field rules = spec.at("behavior", way);
      rules.at("stabilizationWindowSeconds").within(0, 3600);
      rules.at("selectPolicy").oneOf("Disabled", "Max", "Min");
      for (Field policy : rules.at("policies").items()) {
        policy.at("type").oneOf("Percent", "Pods");
        policy.at("value").positive();
        policy.at("periodSeconds").positive();
        if (policy.at("periodSeconds").number() > 1800) {
          policy.at("periodSeconds").invalid("must be less than or equal to 1800");
        }
      }
    }
  }

  private static final Map<String, String> METRICS =
      Map.of(
          "ContainerResource", "containerResource",
          "External", "external",
          "Object", "object",
          "Pods", "pods",
          "Resource", "resource");

  private static void metric(Field metric) {
    Field type = metric.at("type");
    if (!type.need("must specify a metric source type")) {
      return;
    }
    String source = METRICS.get(type.text());
    if (source == null) {
      type.oneOf(METRICS.keySet().stream().sorted().toList());
      return;
    }
    Field given = metric.at(source);
    if (!given.present()) {
      given.required("must populate information for the given metric source");
      return;
    }
    Field target = given.at("target");
    target.at("type").needOneOf("AverageValue", "Utilization", "Value");
    if (source.equals("resource")) {
      given.at("name").need("must specify a resource name");
      boolean share = target.at("averageUtilization").present();
      boolean value = target.at("averageValue").present();
      target.at("averageUtilization").positive();
      if (!share && !value) {
        target
            .at("averageUtilization")
            .required("must set either a target raw value or a target utilization");
      } else if (share && value) {
        target
            .at("averageValue")
            .forbidden("may not set both a target raw value and a target utilization");
      }
    }
  }
}
