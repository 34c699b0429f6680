package io.croft.fleet.join;

import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Transcript;
import io.croft.pki.CertificateRequest;
import io.croft.pki.PkiException;
import java.security.PublicKey;
import java.util.HexFormat;
import java.util.List;

/// A host's certificate request: for a key on P-256 and the host's own name, and nothing else.
///
/// @param pem as the host sent it
record NodeRequest(PublicKey publicKey, String pem) {
  /// More than a request for such a key needs, and too little for keys that take long to verify.
  private static final int MAX_CHARS = 2048;

  /// How the encoding of every key on P-256 begins (RFC 5480).
  private static final String P256 = "3059301306072a8648ce3d020106082a8648ce3d030107";

  /// @throws io.croft.model.StatusException when it is anything else
  static NodeRequest parse(String pem, String machine) {
    if (pem.length() > MAX_CHARS) {
      throw Refusal.MALFORMED.because(
          "request: is longer than %d characters; hosts have ECDSA keys on P-256"
              .formatted(MAX_CHARS));
    }
    try {
      var asked = CertificateRequest.parse(pem);
      if (!HexFormat.of().formatHex(asked.publicKey().getEncoded()).startsWith(P256)) {
        throw new IllegalArgumentException("hosts have ECDSA keys on P-256");
      }
      requireSubject(asked);
      if (!asked.commonName().equals(FleetKinds.NODE_USER + machine)) {
        throw new IllegalArgumentException("the subject is another host than " + machine);
      }
      return new NodeRequest(asked.publicKey(), pem);
    } catch (PkiException | IllegalArgumentException e) {
      throw Refusal.MALFORMED.because("request: " + e.getMessage());
    }
  }

  /// @throws IllegalArgumentException when it is not for a host
  static void requireSubject(CertificateRequest asked) {
    if (!asked.commonName().startsWith(FleetKinds.NODE_USER)
        || !asked.organizations().equals(List.of(FleetKinds.NODES_GROUP))
        || !asked.names().dns().isEmpty()
        || !asked.names().addresses().isEmpty()) {
      throw new IllegalArgumentException(
          "the subject must be system:node:NAME of system:nodes, without names of hosts");
    }
  }

  /// By which the key is known.
  String key() {
    return Transcript.fingerprint(publicKey);
  }
}
