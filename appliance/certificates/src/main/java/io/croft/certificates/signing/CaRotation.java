package io.croft.certificates.signing;

import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import io.croft.pki.PkiException;
import io.croft.pki.x509.CertificateChain;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds the certificates whose authority has been replaced since, where their owners want to have
/// them issued anew for that ([Marks#REISSUE] on the certificate, or on its issuer).
public final class CaRotation {
  private static final String BY_AUTHORITY = "authority";
  private static final String BY_ISSUER = "issuer";

  private final ApiClient client;
  private final IssuerFinder finder;
  private final Informer certificates;
  private final Informer issuers;
  private final Informer clusterIssuers;

  /// @param informers those of issuers and certificates get an index each
  public CaRotation(ApiClient client, IssuerFinder finder, Informers informers) {
    this.client = client;
    this.finder = finder;
    this.certificates = informers.of(Resources.CERTIFICATES);
    this.issuers = informers.of(Resources.ISSUERS);
    this.clusterIssuers = informers.of(Resources.CLUSTER_ISSUERS);
    for (Informer informer : List.of(issuers, clusterIssuers)) {
      informer.addIndex(
          BY_AUTHORITY,
          issuer -> List.of(finder.secrets(issuer) + "/" + CaSigner.secretName(issuer)));
    }
    certificates.addIndex(BY_ISSUER, c -> List.of(issuerKey(c)));
  }

  private static String issuerKey(ApiObject certificate) {
    IssuerRef ref = CertificateSpec.of(certificate).issuerRef();
    return ref.ours() ? (ref.cluster() ? "" : certificate.namespace()) + "/" + ref.name() : "";
  }

  /// The certificates to look at when a Secret has changed.
  public List<Request> concernedBySecret(ApiObject secret) {
    String key = secret.namespace() + "/" + secret.name();
    var concerned = new ArrayList<Request>();
    for (Informer informer : List.of(issuers, clusterIssuers)) {
      informer.byIndex(BY_AUTHORITY, key).forEach(i -> concerned.addAll(concernedByIssuer(i)));
    }
    return concerned;
  }

  /// The certificates to look at when an issuer has changed.
  public List<Request> concernedByIssuer(ApiObject issuer) {
    return certificates.byIndex(BY_ISSUER, issuer.namespace() + "/" + issuer.name()).stream()
        .filter(c -> wanted(c, issuer))
        .map(Request::of)
        .toList();
  }

  /// What a certificate says counts before what its issuer says.
  private static boolean wanted(ApiObject certificate, ApiObject issuer) {
    String always = issuer.annotations().getOrDefault(Marks.REISSUE, "false");
    return certificate.annotations().getOrDefault(Marks.REISSUE, always).equals("true");
  }

  /// What has been replaced, in words; empty when nothing has, nobody wants to know, or the
  /// authority cannot sign at present.
  ///
  /// @param held the certificates in the certificate's Secret: `tls.crt`, the leaf first, and
  ///   `ca.crt`
  public Optional<String> replaced(ApiObject certificate, List<X509Certificate> held) {
    CertificateSpec spec = CertificateSpec.of(certificate);
    Optional<ApiObject> issuer = issuer(spec.issuerRef(), certificate.namespace());
    if (issuer.isEmpty() || !wanted(certificate, issuer.get())) {
      return Optional.empty();
    }
    String namespace = finder.secrets(issuer.get());
    String name = CaSigner.secretName(issuer.get());
    if (name.isEmpty()
        || (name.equals(spec.secretName()) && namespace.equals(certificate.namespace()))) {
      return Optional.empty(); // it would follow itself for ever
    }
    return client
        .find(Resources.SECRETS, namespace, name)
        .flatMap(secret -> newer(secret, held))
        .map(now ->
            "the authority of the issuer %s has been replaced: its certificate is now %s"
                .formatted(spec.issuerRef(), now));
  }

  private Optional<ApiObject> issuer(IssuerRef ref, String namespace) {
    if (!ref.ours()) {
      return Optional.empty();
    }
    return ref.cluster() ? clusterIssuers.get("", ref.name()) : issuers.get(namespace, ref.name());
  }

  /// The authority, if what is held was not issued by it as it is now: by its key, with the chain
  /// that it would hand out.
  private static Optional<String> newer(ApiObject secret, List<X509Certificate> held) {
    Authority authority;
    try {
      authority = Authority.read(secret);
    } catch (PkiException e) {
      return Optional.empty(); // the issuer tells of it
    }
    var chain = CertificateChain.of(held.getFirst(), authority.known());
    boolean same =
        !chain.top().equals(held.getFirst())
            && held.containsAll(chain.served())
            && held.contains(chain.top());
    return same ? Optional.empty() : Optional.of(describe(authority.certificate()));
  }

  private static String describe(X509Certificate authority) {
    return "\"%s\", valid from %s to %s"
        .formatted(
            authority.getSubjectX500Principal(),
            Conditions.format(authority.getNotBefore().toInstant()),
            Conditions.format(authority.getNotAfter().toInstant()));
  }
}
