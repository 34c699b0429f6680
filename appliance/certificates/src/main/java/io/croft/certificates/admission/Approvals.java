package io.croft.certificates.admission;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.admission.CertificateAdmission.Write;
import io.croft.certificates.api.Conditions;
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
import java.util.Locale;

/// Who may approve and deny certificate requests, and that nobody takes it back: it takes the verb
/// `approve` on `signers` of `cert-manager.io` by the name of the issuer, or `RESOURCE.GROUP/*`.
final class Approvals {
  private static final String FIELD = "status.conditions";

  private final Authorizer authorizer;

  Approvals(Authorizer authorizer) {
    this.authorizer = authorizer;
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
    if (decides && !allowed(write)) {
      errors.add(
          FieldError.forbidden(
              FIELD,
              "user \"%s\" does not have permissions to set approved/denied conditions for issuer %s"
                  .formatted(write.user().name(), RequestSpec.of(old).issuerRef())));
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

  private boolean allowed(Write write) {
    IssuerRef ref = RequestSpec.of(write.object()).issuerRef().withDefaults();
    String plural = ref.kind().toLowerCase(Locale.ROOT) + "s." + ref.group() + "/";
    String namespaced = write.object().namespace() + "." + ref.name();
    List<String> names =
        ref.cluster()
            ? List.of(ref.name(), "*")
            : ref.ours() ? List.of(namespaced, "*") : List.of(namespaced, ref.name(), "*");
    return names.stream().anyMatch(name -> may(write, plural + name));
  }

  private boolean may(Write write, String signer) {
    var info =
        new RequestInfo(true, "approve", Resources.GROUP, "v1", "", "signers", "", signer, "");
    return authorizer.authorize(new Attributes(write.user(), info)).allowed();
  }
}
