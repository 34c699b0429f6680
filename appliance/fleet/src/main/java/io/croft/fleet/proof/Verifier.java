package io.croft.fleet.proof;

import io.croft.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/// What is stored of a token: two hashes, with which the appliance proves that it knows the token
/// and verifies that a host does, and which do not let whoever reads them join a host.
///
/// As in SCRAM (RFC 5802), with a long random secret in the place of a salted password: the client
/// key is a MAC of the secret, the stored key its hash. A proof is the client key, masked by a MAC
/// under the stored key of all that was said; so the secret is never sent, and only whoever has the
/// stored key already can take anything from a proof.
///
/// @param storedKey SHA-256 of the client key, hexadecimal
/// @param serverKey under which the appliance proves itself, hexadecimal
public record Verifier(String storedKey, String serverKey) {
  /// Of a token that was just made.
  public static Verifier of(JoinToken token) {
    return new Verifier(Sha256.hex(clientKey(token)), HexFormat.of().formatHex(serverKey(token)));
  }

  /// What the appliance answers a challenge with.
  public byte[] serverProof(Transcript transcript) {
    return Mac256.mac(HexFormat.of().parseHex(serverKey), transcript.challenge());
  }

  /// Whether a proof was made by someone who knows the token, for exactly this transcript.
  public boolean verifies(byte[] proof, Transcript transcript) {
    byte[] stored = HexFormat.of().parseHex(storedKey);
    byte[] mask = Mac256.mac(stored, transcript.request());
    return proof.length == mask.length
        && MessageDigest.isEqual(Sha256.of(xor(proof, mask)), stored);
  }

  /// What a host proves with that it knows the token.
  public static byte[] clientProof(JoinToken token, Transcript transcript) {
    byte[] clientKey = clientKey(token);
    return xor(clientKey, Mac256.mac(Sha256.of(clientKey), transcript.request()));
  }

  /// Whether the other end knows the token.
  public static boolean isServerProof(byte[] proof, JoinToken token, Transcript transcript) {
    return MessageDigest.isEqual(proof, Mac256.mac(serverKey(token), transcript.challenge()));
  }

  private static byte[] clientKey(JoinToken token) {
    return Mac256.mac(secret(token), "croft join: client " + token.id());
  }

  private static byte[] serverKey(JoinToken token) {
    return Mac256.mac(secret(token), "croft join: server " + token.id());
  }

  private static byte[] secret(JoinToken token) {
    return token.secret().getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] xor(byte[] a, byte[] b) {
    byte[] result = new byte[a.length];
    for (int i = 0; i < a.length; i++) {
      result[i] = (byte) (a[i] ^ b[i]);
    }
    return result;
  }

  /// Hashes, which are nobody's business in a log.
  @Override
  public String toString() {
    return "Verifier";
  }
}
