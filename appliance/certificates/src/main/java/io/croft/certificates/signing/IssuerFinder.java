package io.croft.certificates.signing;

import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import java.util.List;
import java.util.Optional;

/// Finds the issuer that is referred to, and how it works.
public final class IssuerFinder {
  private final ApiClient client;
  private final List<Signer> signers;
  private final String clusterNamespace;

  /// @param clusterNamespace where the Secrets of cluster issuers are
  public IssuerFinder(ApiClient client, List<Signer> signers, String clusterNamespace) {
    this.client = client;
    this.signers = List.copyOf(signers);
    this.clusterNamespace = clusterNamespace;
  }

  /// @param ref one of ours
  /// @param namespace of who refers to it
  public Optional<ApiObject> find(IssuerRef ref, String namespace) {
    if (ref.name().isEmpty()) {
      return Optional.empty();
    }
    return ref.cluster()
        ? client.find(Resources.CLUSTER_ISSUERS, "", ref.name())
        : client.find(Resources.ISSUERS, namespace, ref.name());
  }

  /// Where an issuer's Secrets are.
  public String secrets(ApiObject issuer) {
    return issuer.namespace().isEmpty() ? clusterNamespace : issuer.namespace();
  }

  /// As above, of an issuer that need not be there.
  ///
  /// @param namespace of who refers to it
  public String secrets(IssuerRef ref, String namespace) {
    return ref.cluster() ? clusterNamespace : namespace;
  }

  /// Empty for a type that is not served.
  public Optional<Signer> signer(ApiObject issuer) {
    var spec = issuer.json().path("spec");
    return signers.stream().filter(s -> spec.has(s.type())).findFirst();
  }
}
