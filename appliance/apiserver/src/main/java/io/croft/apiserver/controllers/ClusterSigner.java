package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.pki.CertificateRequest;
import io.croft.pki.Profile;
import io.croft.pki.Purpose;
import io.croft.security.UserInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The signers of Kubernetes, and what each of them certifies (certificate signing requests,
/// "Kubernetes signers").
enum ClusterSigner {
  /// Whoever was approved logs in to the API server as whom they ask to be.
  CLIENT("kubernetes.io/kube-apiserver-client", "client auth"),
  /// A node logs in to the API server.
  KUBELET_CLIENT("kubernetes.io/kube-apiserver-client-kubelet", "client auth"),
  /// A node serves under its own names.
  KUBELET_SERVING("kubernetes.io/kubelet-serving", "server auth");

  private static final Set<String> HARMLESS_USAGES =
      Set.of("digital signature", "key encipherment");
  private static final String NODE = "system:node:";
  private static final List<String> NODES = List.of("system:nodes");

  private final String signerName;
  private final String purpose;

  ClusterSigner(String signerName, String purpose) {
    this.signerName = signerName;
    this.purpose = purpose;
  }

  /// For what its certificates are.
  Purpose authority() {
    return this == KUBELET_SERVING ? Purpose.NODES : Purpose.CLIENTS;
  }

  static Optional<ClusterSigner> named(String signerName) {
    return Arrays.stream(values()).filter(s -> s.signerName.equals(signerName)).findFirst();
  }

  /// What to certify.
  ///
  /// @throws IllegalArgumentException when the request asks for something that this signer does not
  ///   give
  Profile profile(CertificateRequest request, JsonNode usages, Duration life) {
    checkUsages(usages);
    boolean named = !request.names().dns().isEmpty() || !request.names().addresses().isEmpty();
    return switch (this) {
      case CLIENT -> client(request, life);
      case KUBELET_CLIENT -> {
        checkNode(request);
        if (named) {
          throw new IllegalArgumentException("the certificate of a client has no names of hosts");
        }
        yield client(request, life);
      }
      case KUBELET_SERVING -> {
        checkNode(request);
        if (!named) {
          throw new IllegalArgumentException("the certificate of a server needs names of hosts");
        }
        yield new Profile.Server(request.commonName(), request.names(), life);
      }
    };
  }

  private void checkUsages(JsonNode usages) {
    var wanted = new HashSet<String>();
    usages.forEach(u -> wanted.add(u.asText()));
    if (!wanted.remove(purpose)) {
      throw new IllegalArgumentException("usages must hold \"" + purpose + "\"");
    }
    wanted.removeAll(HARMLESS_USAGES);
    if (!wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "usages may hold nothing but \"%s\", \"digital signature\" and \"key encipherment\""
              .formatted(purpose));
    }
  }

  private static void checkNode(CertificateRequest request) {
    if (!request.organizations().equals(NODES)) {
      throw new IllegalArgumentException("the organization must be system:nodes, and no other");
    }
    if (!request.commonName().startsWith(NODE) || request.commonName().length() == NODE.length()) {
      throw new IllegalArgumentException("the common name must begin with " + NODE);
    }
  }

  private static Profile client(CertificateRequest request, Duration life) {
    if (request.commonName().isBlank()) {
      throw new IllegalArgumentException("the common name must say who the client is");
    }
    if (request.organizations().contains(UserInfo.MASTERS)) {
      // Whoever may approve requests must not be able to make somebody almighty by it.
      throw new IllegalArgumentException(
          "the organization " + UserInfo.MASTERS + " is not for this signer to give");
    }
    return new Profile.Client(request.commonName(), request.organizations(), life);
  }
}
