package io.croft.certificates.admission;

import io.croft.certificates.admission.CertificateAdmission.Write;
import io.croft.certificates.api.RequestSpec;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.pki.PkiException;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Usage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What a `CertificateRequest` must be like.
final class RequestRules {
  private static final Set<String> FIXED = Set.of("cert-manager.io/", "acme.cert-manager.io/");

  private RequestRules() {}

  static void check(Write write, FieldErrors errors) {
    ApiObject old = write.old();
    ApiObject object = write.object();
    if (old == null) {
      checkNew(object, errors);
      return;
    }
    if (!object.json().path("spec").equals(old.json().path("spec"))) {
      errors.add(FieldError.forbidden("spec", "cannot change spec after creation"));
    }
    if (!fixed(object.annotations()).equals(fixed(old.annotations()))) {
      errors.add(
          FieldError.forbidden(
              "metadata.annotations", "cannot change cert-manager annotations after creation"));
    }
  }

  private static Map<String, String> fixed(Map<String, String> annotations) {
    var fixed = new LinkedHashMap<>(annotations);
    fixed.keySet().removeIf(name -> FIXED.stream().noneMatch(name::startsWith));
    return fixed;
  }

  private static void checkNew(ApiObject object, FieldErrors errors) {
    RequestSpec spec = RequestSpec.of(object);
    References.checkIssuer(spec.json().path("issuerRef"), "spec.issuerRef", errors);
    SigningRequest request;
    try {
      request = spec.signingRequest();
    } catch (PkiException e) {
      errors.add(
          FieldError.invalid(
              "spec.request", FieldError.OMITTED, "failed to decode csr: " + e.getMessage()));
      return;
    }
    Set<Usage> asked = request.usages();
    if (!spec.usages().isEmpty()
        && !asked.isEmpty()
        && !asked.equals(spec.grantedUsages())
        && !asked.equals(Usage.canonical(spec.usages()))
        && !asked.equals(Usage.DEFAULT)) {
      errors.add(
          FieldError.invalid(
              "spec.request",
              FieldError.OMITTED,
              "the usages in the request, %s, are not those of spec.usages"
                  .formatted(asked.stream().map(Usage::text).sorted().toList())));
    }
    if (request.asksToBeAuthority() && !spec.authority()) {
      errors.add(
          FieldError.invalid(
              "spec.request",
              FieldError.OMITTED,
              "asks to be an authority, and spec.isCA does not"));
    }
  }
}
