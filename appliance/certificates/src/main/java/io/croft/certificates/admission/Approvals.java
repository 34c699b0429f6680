package io.croft.certificates.admission;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.admission.CertificateAdmission.Write;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.IssuerKinds;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.RequestInfo;
import java.util.List;

/// Who may approve and deny certificate requests, and that nobody takes it back: it takes the verb
/// `approve` on `signers` of `cert-manager.io` by one of the issuer's names, and that its kind is
/// served.
final class Approvals {
  private static final String FIELD = "status.conditions";

  private final Authorizer authorizer;
  private final IssuerKinds kinds;

  Approvals(Authorizer authorizer, IssuerKinds kinds) {
    this.authorizer = authorizer;
    this.kinds = kinds;
  }

  void check(Write write, FieldErrors errors) {
    ApiObject old = write.old();
    if (old == null || !write.subresource().equals("status")) {
      return;
    }
    boolean decides = false;
    for (String type : List.of(Conditions.APPROVED, Conditions.DENIED)) {
      JsonNode before = condition(old, type);
      JsonNode after = condition(write.object(), type);
      if (!before.isMissingNode()) {
        if (!sameDecision(before, after)) {
          errors.add(
              FieldError.forbidden(FIELD, "'" + type + "' condition may not be modified once set"));
        }
      } else if (!after.isMissingNode()) {
        decides = true;
        if (!after.path("status").asText("").equals("True")) {
          errors.add(
              FieldError.invalid(
                  FIELD, after.path("status").asText(""), "'" + type + "' may only be True"));
        }
      }
    }
    if (Conditions.find(write.object(), Conditions.APPROVED).isPresent()
        && Conditions.find(write.object(), Conditions.DENIED).isPresent()) {
      errors.add(
          FieldError.forbidden(FIELD, "both 'Denied' and 'Approved' conditions cannot coexist"));
    }
    if (decides) {
      mayDecide(write, RequestSpec.of(old).issuerRef(), errors);
    }
  }

  private void mayDecide(Write write, IssuerRef ref, FieldErrors errors) {
    String shown = "{%s %s %s}".formatted(ref.name(), ref.kind(), ref.group());
    List<String> signers = kinds.signers(ref, write.object().namespace());
    if (signers.isEmpty()) {
      errors.add(
          FieldError.forbidden(
              "spec.issuerRef", "referenced signer resource does not exist: " + shown));
    } else if (signers.stream().noneMatch(signer -> may(write, signer))) {
      errors.add(
          FieldError.forbidden(
              FIELD,
              "user \"%s\" does not have permissions to set approved/denied conditions for issuer %s"
                  .formatted(write.user().name(), shown)));
    }
  }

  private static JsonNode condition(ApiObject object, String type) {
    for (JsonNode condition : object.json().path("status").path("conditions")) {
      if (condition.path("type").asText("").equals(type)) {
        return condition;
      }
    }
    return Json.object().path("none");
  }

  private static boolean sameDecision(JsonNode before, JsonNode after) {
    return before.path("status").equals(after.path("status"))
        && before.path("reason").equals(after.path("reason"))
        && before.path("message").equals(after.path("message"));
  }

  private boolean may(Write write, String signer) {
    var info =
        new RequestInfo(true, "approve", Resources.GROUP, "v1", "", "signers", "", signer, "");
    return authorizer.authorize(new Attributes(write.user(), info)).allowed();
  }
}
