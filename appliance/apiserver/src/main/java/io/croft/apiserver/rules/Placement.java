package io.croft.apiserver.rules;

import io.croft.model.Names;
import java.util.List;

/// Where pods may be placed: tolerations, affinities, spreading.
final class Placement {
  private static final List<String> EFFECTS =
      List.of("NoSchedule", "PreferNoSchedule", "NoExecute");

  private Placement() {}

  static void check(Field spec) {
    Labels.check(spec.at("nodeSelector"));
    spec.at("tolerations").items().forEach(Placement::toleration);
    Field affinity = spec.at("affinity");
    nodeAffinity(affinity.at("nodeAffinity"));
    podAffinity(affinity.at("podAffinity"));
    podAffinity(affinity.at("podAntiAffinity"));
    spec.at("topologySpreadConstraints").items().forEach(Placement::spread);
  }

  private static void toleration(Field toleration) {
    Field key = toleration.at("key");
    Field operator = toleration.at("operator");
    if (!key.empty()) {
      Names.qualifiedName(key.text()).forEach(key::invalid);
    } else if (!operator.text().equals("Exists")) {
      operator.invalid(
          operator.text(),
          "operator must be Exists when `key` is empty, which means \"match all values and all"
              + " keys\"");
    }
    Field value = toleration.at("value");
    switch (operator.text()) {
      case "Equal", "" -> Names.labelValue(value.text()).forEach(value::invalid);
      case "Exists" -> {
        if (!value.empty()) {
          operator.invalid(toleration.node(), "value must be empty when `operator` is 'Exists'");
        }
      }
      default -> operator.oneOf("Equal", "Exists");
    }
    Field effect = toleration.at("effect");
    if (!effect.empty()) {
      effect.oneOf(EFFECTS);
    }
    if (toleration.at("tolerationSeconds").present() && !effect.text().equals("NoExecute")) {
      effect.invalid(effect.text(), "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
  }

  private static void nodeAffinity(Field affinity) {
    Field required = affinity.at("requiredDuringSchedulingIgnoredDuringExecution");
    if (required.present()) {
      nodeSelector(required);
    }
    for (Field preferred : affinity.at("preferredDuringSchedulingIgnoredDuringExecution").items()) {
      weight(preferred.at("weight"));
      nodeTerm(preferred.at("preference"));
    }
  }

  /// A `NodeSelector`.
  static void nodeSelector(Field selector) {
    Field terms = selector.at("nodeSelectorTerms");
    if (terms.empty()) {
      terms.required("must have at least one node selector term");
    }
    terms.items().forEach(Placement::nodeTerm);
  }

  private static void nodeTerm(Field term) {
    for (Field expression : term.at("matchExpressions").items()) {
      Field values = expression.at("values");
      switch (expression.at("operator").text()) {
        case "In", "NotIn" -> {
          if (values.empty()) {
            values.required("must be specified when `operator` is 'In' or 'NotIn'");
          }
        }
        case "Exists", "DoesNotExist" -> {
          if (!values.empty()) {
            values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
          }
        }
        case "Gt", "Lt" -> {
          if (values.node().size() != 1) {
            values.required("must be specified single value when `operator` is 'Lt' or 'Gt'");
          }
        }
        default -> expression.at("operator").invalid("not a valid selector operator");
      }
      Field key = expression.at("key");
      Names.qualifiedName(key.text()).forEach(key::invalid);
    }
  }

  private static void podAffinity(Field affinity) {
    affinity
        .at("requiredDuringSchedulingIgnoredDuringExecution")
        .items()
        .forEach(Placement::podTerm);
    for (Field preferred : affinity.at("preferredDuringSchedulingIgnoredDuringExecution").items()) {
      weight(preferred.at("weight"));
      podTerm(preferred.at("podAffinityTerm"));
    }
  }

  private static void podTerm(Field term) {
    Labels.selector(term.at("labelSelector"));
    Labels.selector(term.at("namespaceSelector"));
    term.at("namespaces").items().forEach(Field::dnsLabel);
    topologyKey(term.at("topologyKey"));
  }

  private static void topologyKey(Field key) {
    if (key.need("can not be empty")) {
      Names.qualifiedName(key.text()).forEach(key::invalid);
    }
  }

  private static void weight(Field weight) {
    if (weight.number() < 1 || weight.number() > 100) {
      weight.invalid("must be in the range 1-100");
    }
  }

  private static void spread(Field constraint) {
    constraint.at("maxSkew").positive();
    topologyKey(constraint.at("topologyKey"));
    constraint.at("whenUnsatisfiable").oneOf("DoNotSchedule", "ScheduleAnyway");
    constraint.at("minDomains").positive();
    Labels.selector(constraint.at("labelSelector"));
  }
}
