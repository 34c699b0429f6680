package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.model.ApiObject;
import io.croft.model.Statuses;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.List;

/// Who may approve certificate requests for a signer, and who may sign as one: whoever has the verb
/// `approve` or `sign` on `signers` of that name, or on `DOMAIN/*`.
public final class SignerAdmission implements Admission {
  private static final String GROUP = "certificates.k8s.io";

  private final Authorizer authorizer;

  public SignerAdmission(Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  @Override
  public void validate(AdmissionRequest request) {
    ApiObject object = request.object();
    ApiObject old = request.old();
    if (object == null || old == null || !isCertificateRequest(request)) {
      return;
    }
    switch (request.subresource()) {
      case "approval" -> require("approve", request.user(), old);
      case "status" -> {
        if (signs(object.json().path("status"), old.json().path("status"))) {
          require("sign", request.user(), old);
        }
      }
      default -> {}
    }
  }

  private static boolean isCertificateRequest(AdmissionRequest request) {
    return request.type().gvr().group().equals(GROUP)
        && request.type().gvr().resource().equals("certificatesigningrequests");
  }

  private static boolean signs(JsonNode status, JsonNode old) {
    return !status.path("certificate").equals(old.path("certificate"))
        || !status.path("conditions").equals(old.path("conditions"));
  }

  private void require(String verb, UserInfo user, ApiObject request) {
    String signer = request.json().path("spec").path("signerName").asText();
    String domain = signer.substring(0, Math.max(0, signer.indexOf('/')));
    for (String name : List.of(signer, domain + "/*")) {
      var info = new RequestInfo(true, verb, GROUP, "v1", "", "signers", "", name, "");
      if (authorizer.authorize(new Attributes(user, info)).allowed()) {
        return;
      }
    }
    throw Statuses.forbidden(
        GROUP,
        "certificatesigningrequests",
        request.name(),
        "user not permitted to %s requests with signerName \"%s\"".formatted(verb, signer));
  }
}
