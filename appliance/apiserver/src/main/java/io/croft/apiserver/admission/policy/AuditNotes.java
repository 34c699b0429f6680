package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.policy.PolicyProgram;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.model.Json;
import io.croft.model.Shortened;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// What policies have to note about one request, for its audit event: by the keys and in the form
/// of kube-apiserver. Used by one thread.
final class AuditNotes {
  private static final String FAILURE = "validation.policy.admission.k8s.io/validation_failure";
  private static final int MAX_VALUE_CHARS = 10 << 10;
  private static final int MAX_MESSAGE_CHARS = 1024;

  /// Failures are JSON, which must not be cut: those that come later are left out.
  private static final int MAX_FAILURES_CHARS = 4000;

  private final Map<String, Set<String>> values = new LinkedHashMap<>();
  private final ArrayNode failures = Json.array();
  private int failuresLength;

  /// What an `auditAnnotation` gives; several bindings and parameters may give several texts.
  void annotation(Policy<?> policy, String key, String value) {
    values
        .computeIfAbsent(policy.name() + "/" + key, _ -> new LinkedHashSet<>())
        .add(Shortened.text(value, MAX_VALUE_CHARS));
  }

  /// A refusal under a binding with the action `Audit`.
  void failure(Invocation<?> invocation, PolicyProgram.Denial denial) {
    ObjectNode failure = Json.object();
    failure
        .put("message", Shortened.text(denial.message(), MAX_MESSAGE_CHARS))
        .put("policy", invocation.policy().name())
        .put("binding", invocation.binding().name())
        .put("expressionIndex", denial.index());
    invocation.binding().actions().forEach(failure.putArray("validationActions")::add);
    failuresLength += Json.text(failure).length() + 1;
    if (failuresLength <= MAX_FAILURES_CHARS) {
      failures.add(failure);
    }
  }

  void publish(AdmissionRequest request) {
    values.forEach(
        (key, texts) -> request.caller().annotations().accept(key, String.join(", ", texts)));
    if (!failures.isEmpty()) {
      request.caller().annotations().accept(FAILURE, Json.text(failures));
    }
  }
}
