package io.croft.apiserver.builtin;

import io.croft.apiserver.aggregation.RemoteApis;
import io.croft.apiserver.columns.ClusterColumns;
import io.croft.apiserver.defaults.ExtensionDefaults;
import io.croft.apiserver.resource.VersionConversion;
import io.croft.apiserver.rules.AdmissionPolicies;
import io.croft.apiserver.rules.Extensions;
import io.croft.model.NameRule;
import java.time.InstantSource;
import java.util.List;

/// Kinds by which the API server is extended and shared: `admissionregistration.k8s.io`,
/// `apiregistration.k8s.io`, `flowcontrol.apiserver.k8s.io`; and `certificates.k8s.io`.
final class ExtensionKinds {
  private static final String EXTENSIONS = "api-extensions";
  private static final String ADMISSION = "admissionregistration.k8s.io";

  /// The version that mutating policies and their bindings are stored in; the others differ from it
  /// by their names alone.
  private static final String MUTATING_STORED = ADMISSION + "/v1beta1";

  private ExtensionKinds() {}

  static List<Kind> all(RemoteApis remote, InstantSource clock) {
    return List.of(
        admission("ValidatingWebhookConfiguration", "validatingwebhookconfigurations")
            .rules(
                new KindStrategy()
                    .defaults(ExtensionDefaults::validatingWebhooks)
                    .rules(Extensions::webhooks)
                    .generations())
            .columns(ClusterColumns.webhooks()),
        admission("MutatingWebhookConfiguration", "mutatingwebhookconfigurations")
            .rules(
                new KindStrategy()
                    .defaults(ExtensionDefaults::mutatingWebhooks)
                    .rules(Extensions::webhooks)
                    .generations())
            .columns(ClusterColumns.webhooks()),
        admission("ValidatingAdmissionPolicy", "validatingadmissionpolicies")
            .subresources("status")
            .rules(
                new KindStrategy()
                    .defaults(ExtensionDefaults::admissionPolicy)
                    .rules(AdmissionPolicies::validating)
                    .generations())
            .columns(ClusterColumns.admissionPolicy("Validations")),
        admission("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings")
            .rules(
                new KindStrategy()
                    .defaults(ExtensionDefaults::admissionPolicyBinding)
                    .rules(AdmissionPolicies::validatingBinding)
                    .generations())
            .columns(ClusterColumns.admissionPolicyBinding()),
        mutatingPolicy("v1beta1"),
        mutatingPolicyBinding("v1beta1"),
        mutatingPolicy("v1alpha1"),
        mutatingPolicyBinding("v1alpha1"),
        new Kind(
                "apiregistration.k8s.io",
                "APIService",
                "apiservices",
                "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService")
            .cluster()
            .categories(EXTENSIONS)
            .at("/registry/apiregistration.k8s.io/apiservices")
            .subresources("status")
            .rules(
                new ApiServiceStrategy(remote)
                    .defaults(ExtensionDefaults::apiService)
                    .rules(Extensions::apiService)
                    .names(NameRule.PATH_SEGMENT))
            .columns(ClusterColumns.apiService()),
        new Kind(
                "certificates.k8s.io",
                "CertificateSigningRequest",
                "certificatesigningrequests",
                "io.k8s.api.certificates.v1.CertificateSigningRequest")
            .shortly("csr")
            .cluster()
            .subresources("status", "approval")
            .rules(new CertificateRequestStrategy(clock))
            .columns(ClusterColumns.certificateRequest())
            .selectable("spec.signerName"),
        flow("FlowSchema", "flowschemas")
            .rules(
                new KindStrategy()
                    .defaults(ExtensionDefaults::flowSchema)
                    .rules(Extensions::flowSchema)
                    .generations())
            .columns(ClusterColumns.flowSchema()),
        flow("PriorityLevelConfiguration", "prioritylevelconfigurations")
            .rules(
                new KindStrategy()
                    .defaults(ExtensionDefaults::priorityLevel)
                    .rules(Extensions::priorityLevel)
                    .generations())
            .columns(ClusterColumns.priorityLevel()));
  }

  private static Kind mutatingPolicy(String version) {
    return admission(version, "MutatingAdmissionPolicy", "mutatingadmissionpolicies")
        .converted(VersionConversion.named(ADMISSION + "/" + version, MUTATING_STORED))
        .rules(
            new KindStrategy()
                .defaults(ExtensionDefaults::admissionPolicy)
                .rules(AdmissionPolicies::mutating)
                .generations())
        .columns(ClusterColumns.admissionPolicy("Mutations"));
  }

  private static Kind mutatingPolicyBinding(String version) {
    return admission(version, "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings")
        .converted(VersionConversion.named(ADMISSION + "/" + version, MUTATING_STORED))
        .rules(
            new KindStrategy()
                .defaults(ExtensionDefaults::admissionPolicyBinding)
                .rules(AdmissionPolicies::mutatingBinding)
                .generations())
        .columns(ClusterColumns.admissionPolicyBinding());
  }

  private static Kind admission(String kind, String plural) {
    return admission("v1", kind, plural);
  }

  private static Kind admission(String version, String kind, String plural) {
    return new Kind(
            ADMISSION,
            version,
            kind,
            plural,
            "io.k8s.api.admissionregistration." + version + "." + kind)
        .cluster()
        .categories(EXTENSIONS);
  }

  private static Kind flow(String kind, String plural) {
    return new Kind(
            "flowcontrol.apiserver.k8s.io", kind, plural, "io.k8s.api.flowcontrol.v1." + kind)
        .cluster()
        .subresources("status");
  }
}
