package io.croft.security.audit;

import io.croft.security.AuditEvent.Stage;
import io.croft.security.AuditLevel;
import io.croft.security.AuditPolicy;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An audit policy: the first rule that matches counts; what none matches is not recorded.
///
/// @param omitted stages that no rule records
record PolicyRules(List<PolicyRule> rules, Set<Stage> omitted) implements AuditPolicy {
  private static final Verdict NOTHING = new Verdict(AuditLevel.NONE, Set.of(), false);

  PolicyRules {
    rules = List.copyOf(rules);
    omitted = Set.copyOf(omitted);
  }

  @Override
  public Verdict of(@Nullable UserInfo user, @Nullable RequestInfo info, String verb) {
    for (PolicyRule rule : rules) {
      if (rule.matches(user, info, verb)) {
        Set<Stage> all = EnumSet.noneOf(Stage.class);
        all.addAll(omitted);
        all.addAll(rule.omitted());
        return new Verdict(rule.level(), all, rule.omitManagedFields());
      }
    }
    return NOTHING;
  }
}
