package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.join.JoinRoutes;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.Transcript;
import io.croft.fleet.proof.Verifier;
import io.croft.model.Json;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;

/// Has a host join: proves that it knows a token, or that it has the key of a host that joined
/// before, and gets a certificate for its key. The appliance proves itself first.
public final class Joiner {
  private static final int NONCE_BYTES = 24;

  private final NodeDirectory directory;
  private final InstantSource clock;

  public Joiner(NodeDirectory directory, InstantSource clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /// Joins with a token.
  ///
  /// @throws JoinException when the appliance refuses, or is not the one that the token is for
  /// @throws IOException when it cannot be reached
  public void join(Membership wanted, JoinToken token)
      throws IOException, InterruptedException, JoinException {
    X509Certificate root = FirstContact.root(wanted.server(), token.authority());
    prove(wanted, List.of(root), token.id(), new TokenProof(token));
    directory.writeMembership(wanted, clock.instant());
  }

  /// Gets another certificate for the key of a host that has joined, whose own has expired.
  ///
  /// @throws JoinException when the appliance does not know this host any more
  void joinAgain(Membership membership) throws IOException, InterruptedException, JoinException {
    prove(
        membership,
        directory.authorities(),
        JoinRoutes.MACHINE + membership.name(),
        new KeyProof(directory.key()));
  }

  private interface Proof {
    /// Whether the appliance is who it should be.
    boolean accepts(ObjectNode answer, Transcript challenge);

    byte[] of(Transcript transcript);
  }

  private record TokenProof(JoinToken token) implements Proof {
    @Override
    public boolean accepts(ObjectNode answer, Transcript challenge) {
      byte[] proof;
      try {
        proof = Base64.getUrlDecoder().decode(answer.path("proof").asText());
      } catch (IllegalArgumentException e) {
        return false;
      }
      return Verifier.isServerProof(proof, token, challenge);
    }

    @Override
    public byte[] of(Transcript transcript) {
      return Verifier.clientProof(token, transcript);
    }
  }

  private record KeyProof(KeyPair key) implements Proof {
    /// Its certificate was verified already, by roots that are known.
    @Override
    public boolean accepts(ObjectNode answer, Transcript challenge) {
      return true;
    }

    @Override
    public byte[] of(Transcript transcript) {
      try {
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key.getPrivate());
        signer.update(transcript.request().getBytes(StandardCharsets.UTF_8));
        return signer.sign();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the host's key cannot sign", e);
      }
    }
  }

  private void prove(Membership wanted, List<X509Certificate> roots, String who, Proof proof)
      throws IOException, InterruptedException, JoinException {
    try (var calls = new JoinCalls(wanted.server(), new RootTrust(roots, clock))) {
      calls.authorities(); // now it is known which certificate the server shows
      String nonce = nonce();
      String certificate = calls.serverCertificate();
      ObjectNode answer =
          calls.post(
              JoinRoutes.CHALLENGE,
              begin(who, nonce, certificate).put("time", clock.instant().toString()));
      String serverNonce = answer.path("challenge").asText();
      var challenge = Transcript.begin(who, nonce, serverNonce, certificate);
      if (!proof.accepts(answer, challenge)) {
        throw new JoinException(
            wanted.server() + " does not know the token that it was asked about; nothing was sent");
      }
      String request = request(directory.key(), wanted.name());
      String role = wanted.role().text();
      byte[] proven = proof.of(challenge.asking(role, wanted.name(), request));
      ObjectNode joined =
          calls.post(
              JoinRoutes.JOIN,
              begin(who, nonce, certificate)
                  .put("challenge", serverNonce)
                  .put("role", role)
                  .put("name", wanted.name())
                  .put("request", request)
                  .put("proof", Base64.getUrlEncoder().withoutPadding().encodeToString(proven)));
      directory.writeAuthorities(joined.path("authorities").asText());
      directory.writeCertificate(joined.path("certificate").asText());
    } catch (SSLHandshakeException e) {
      throw new JoinException(
          ("%s does not show a certificate of the appliance for this name: %s. Someone may stand"
                  + " between; or the name is missing in croft.names of the appliance. Nothing was"
                  + " sent")
              .formatted(wanted.server(), e.getMessage()),
          e);
    } catch (GeneralSecurityException e) {
      throw new JoinException("cannot connect securely: " + e.getMessage(), e);
    }
  }

  private static ObjectNode begin(String who, String nonce, String certificate) {
    return Json.object().put("who", who).put("nonce", nonce).put("serverCertificate", certificate);
  }

  private static String nonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Asks for a certificate of the host's key.
  static String request(KeyPair key, String name) {
    Subject subject =
        Subject.of(
            Map.of(
                Subject.Attribute.COMMON_NAME,
                List.of(FleetKinds.NODE_USER + name),
                Subject.Attribute.ORGANIZATION,
                List.of(FleetKinds.NODES_GROUP)));
    try {
      var wish = new SigningRequest.Wish(subject, AlternativeNames.NONE, Set.of(), null, "");
      return SigningRequest.create(key, wish).pem();
    } catch (PkiException e) {
      throw new IllegalStateException("the host's key cannot sign", e);
    }
  }
}
