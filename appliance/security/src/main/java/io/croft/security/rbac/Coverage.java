package io.croft.security.rbac;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// Which rights of some rules are not among those of others. Rules cover a right when one of them
/// does, so the wanted rules are taken apart into single rights: one verb on one resource of one
/// group (under one name, where names are given), or on one path.
final class Coverage {
  /// Beyond it, looking at every single right takes too long.
  static final int MAX_RIGHTS = 100_000;

  private Coverage() {}

  /// Whether rules have more than `MAX_RIGHTS` single rights.
  static boolean tooLarge(List<PolicyRule> rules) {
    return rules.stream().mapToDouble(Coverage::rights).sum() > MAX_RIGHTS;
  }

  /// @param wanted not too large
  /// @return what is wanted and not held, each with one resource or path and the verbs that are
  ///   missing on it; empty when all is held
  static List<PolicyRule> missing(List<PolicyRule> held, List<PolicyRule> wanted) {
    var missing = new LinkedHashMap<PolicyRule, List<String>>();
    for (PolicyRule rule : wanted) {
      for (PolicyRule target : targets(rule)) {
        for (String verb : rule.verbs()) {
          if (held.stream().noneMatch(h -> h.covers(verb, target))) {
            missing.computeIfAbsent(target, _ -> new ArrayList<>()).add(verb);
          }
        }
      }
    }
    var result = new ArrayList<PolicyRule>();
    missing.forEach((target, verbs) -> result.add(target.withVerbs(verbs)));
    return result;
  }

  private static double rights(PolicyRule rule) {
    double objects =
        (double) rule.apiGroups().size()
            * rule.resources().size()
            * Math.max(1, rule.resourceNames().size());
    return rule.verbs().size() * (objects + rule.nonResourceUrls().size());
  }

  /// What a rule is about, one by one, without verbs.
  private static List<PolicyRule> targets(PolicyRule rule) {
    var targets = new ArrayList<PolicyRule>();
    for (String group : rule.apiGroups()) {
      for (String resource : rule.resources()) {
        var any =
            new PolicyRule(List.of(), List.of(group), List.of(resource), List.of(), List.of());
        if (rule.resourceNames().isEmpty()) {
          targets.add(any);
        }
        for (String name : rule.resourceNames()) {
          targets.add(any.withNames(List.of(name)));
        }
      }
    }
    for (String url : rule.nonResourceUrls()) {
      targets.add(new PolicyRule(List.of(), List.of(), List.of(), List.of(), List.of(url)));
    }
    return targets;
  }
}
