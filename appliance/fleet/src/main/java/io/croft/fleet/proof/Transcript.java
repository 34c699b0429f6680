package io.croft.fleet.proof;

import io.croft.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;

/// All that was said between a host and the appliance, which proofs are about: nothing of it can be
/// exchanged by someone in between, and no proof is good for another conversation. The certificate
/// that the host was shown binds it to the TLS connection (RFC 5929, `tls-server-end-point`).
///
/// @param who the identifier of a token, or `machine/NAME` of a host that proves its key
/// @param clientNonce of the host, Base64
/// @param serverNonce of the appliance, Base64
/// @param serverCertificate SHA-256 of the server's certificate, hexadecimal
/// @param role asked for; empty in the challenge
/// @param name asked for; empty in the challenge
/// @param requestDigest SHA-256 of the certificate request in PEM, hexadecimal; empty in the
///   challenge
public record Transcript(
    String who,
    String clientNonce,
    String serverNonce,
    String serverCertificate,
    String role,
    String name,
    String requestDigest) {
  /// The beginning of a conversation.
  public static Transcript begin(
      String who, String clientNonce, String serverNonce, String serverCertificate) {
    return new Transcript(who, clientNonce, serverNonce, serverCertificate, "", "", "");
  }

  /// The same, with what the host asks for.
  public Transcript asking(String wantedRole, String wantedName, String certificateRequest) {
    return new Transcript(
        who,
        clientNonce,
        serverNonce,
        serverCertificate,
        wantedRole,
        wantedName,
        fingerprint(certificateRequest.getBytes(StandardCharsets.UTF_8)));
  }

  String challenge() {
    return String.join(
        "\n", "croft join challenge 1", who, clientNonce, serverNonce, serverCertificate);
  }

  /// What a proof of the host is about. No part can hold a line feed.
  public String request() {
    return String.join(
        "\n",
        "croft join request 1",
        who,
        clientNonce,
        serverNonce,
        serverCertificate,
        role,
        name,
        requestDigest);
  }

  /// SHA-256, hexadecimal.
  public static String fingerprint(byte[] bytes) {
    return Sha256.hex(bytes);
  }

  /// By which a key is known.
  public static String fingerprint(PublicKey key) {
    return fingerprint(key.getEncoded());
  }
}
