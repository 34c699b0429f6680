package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The groups of the Kubernetes community are not for everybody to define resources in: a
/// definition must name the approval, or say that it has none.
final class ApiApproval {
  private static final String ANNOTATION = "api-approved.kubernetes.io";
  private static final String CONDITION = "KubernetesAPIApprovalPolicyConformant";
  private static final String RULE =
      "protected groups must have approval annotation \"" + ANNOTATION + "\"";
  private static final String SEE = ", see https://github.com/kubernetes/enhancements/pull/1111";

  private enum State {
    MISSING,
    INVALID,
    UNAPPROVED,
    APPROVED
  }

  private ApiApproval() {}

  private static boolean protectedGroup(ApiObject crd) {
    String group = crd.json().path("spec").path("group").asText("");
    return List.of("k8s.io", "kubernetes.io").stream()
        .anyMatch(own -> group.equals(own) || group.endsWith("." + own));
  }

  private static String annotation(ApiObject crd) {
    return crd.annotations().getOrDefault(ANNOTATION, "");
  }

  private static State state(ApiObject crd) {
    String value = annotation(crd);
    if (value.isEmpty()) {
      return State.MISSING;
    }
    if (value.startsWith("unapproved")) {
      return State.UNAPPROVED;
    }
    try {
      URI url = new URI(value);
      return url.getHost() == null || url.getScheme() == null ? State.INVALID : State.APPROVED;
    } catch (URISyntaxException e) {
      return State.INVALID;
    }
  }

  /// @param old null for a new definition; what was wrong before may stay so
  static List<FieldError> validate(ApiObject crd, @Nullable ApiObject old) {
    State state = state(crd);
    if (!protectedGroup(crd) || (old != null && state(old) == state)) {
      return List.of();
    }
    String field = "metadata.annotations[" + ANNOTATION + "]";
    return switch (state) {
      case APPROVED, UNAPPROVED -> List.of();
      case MISSING -> List.of(FieldError.required(field, RULE + SEE));
      case INVALID ->
          List.of(
              FieldError.invalid(
                  field,
                  annotation(crd),
                  RULE + " with either a URL or a reason starting with \"unapproved\"" + SEE));
    };
  }

  /// Says in the status how the definition stands.
  static void report(ApiObject crd, ObjectNode status, Instant now) {
    if (!protectedGroup(crd)) {
      return;
    }
    String value = annotation(crd);
    switch (state(crd)) {
      case APPROVED ->
          CrdConditions.set(
              status, CONDITION, true, "ApprovedAnnotation", "approved in " + value, now);
      case UNAPPROVED ->
          CrdConditions.set(
              status, CONDITION, false, "UnapprovedAnnotation", "not approved: " + value, now);
      case MISSING ->
          CrdConditions.set(status, CONDITION, false, "MissingAnnotation", RULE + SEE, now);
      case INVALID ->
          CrdConditions.set(status, CONDITION, false, "InvalidAnnotation", RULE + SEE, now);
    }
  }
}
