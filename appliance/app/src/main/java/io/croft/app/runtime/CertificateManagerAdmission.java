package io.croft.app.runtime;

import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.certificates.admission.CertificateAdmission;
import io.croft.certificates.admission.CertificateAdmission.Write;
import io.croft.model.ApiObject;
import java.util.Optional;

/// Asks the certificate manager about what the API server is to store of its kinds.
final class CertificateManagerAdmission implements Admission {
  private final CertificateAdmission rules;

  CertificateManagerAdmission(CertificateAdmission rules) {
    this.rules = rules;
  }

  @Override
  public boolean mutate(AdmissionRequest request) {
    return write(request).filter(rules::mutate).isPresent();
  }

  @Override
  public void validate(AdmissionRequest request) {
    write(request).ifPresent(rules::validate);
  }

  private static Optional<Write> write(AdmissionRequest request) {
    ApiObject object = request.object();
    return object != null && CertificateAdmission.concerns(request.type().gvr())
        ? Optional.of(
            new Write(
                request.type().gvr(), request.subresource(), object, request.old(), request.user()))
        : Optional.empty();
  }
}
