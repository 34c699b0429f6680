package io.croft.fleet.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerifierTest {
  private static final String CERTIFICATE = "cd".repeat(32);

  private final JoinToken token =
      JoinToken.create(Role.AGENT, Instant.parse("2030-01-02T03:04:05Z"), "ab".repeat(32));
  private final Verifier verifier = Verifier.of(token);
  private final Transcript challenge = Transcript.begin(token.id(), "mine", "yours", CERTIFICATE);
  private final Transcript request = challenge.asking("agent", "edge-1", "the request");

  @Test
  void bothSidesProveThatTheyKnowTheToken() {
    assertThat(Verifier.isServerProof(verifier.serverProof(challenge), token, challenge)).isTrue();
    assertThat(verifier.verifies(Verifier.clientProof(token, request), request)).isTrue();
  }

  @Test
  void aProofIsGoodForNothingElseThanWhatItIsAbout() {
    byte[] proof = Verifier.clientProof(token, request);
    for (Transcript other :
        List.of(
            Transcript.begin("other", "mine", "yours", CERTIFICATE)
                .asking("agent", "edge-1", "the request"),
            Transcript.begin(token.id(), "other", "yours", CERTIFICATE)
                .asking("agent", "edge-1", "the request"),
            Transcript.begin(token.id(), "mine", "other", CERTIFICATE)
                .asking("agent", "edge-1", "the request"),
            Transcript.begin(token.id(), "mine", "yours", "ef".repeat(32))
                .asking("agent", "edge-1", "the request"),
            challenge.asking("server", "edge-1", "the request"),
            challenge.asking("agent", "edge-2", "the request"),
            challenge.asking("agent", "edge-1", "another request"))) {
      assertThat(verifier.verifies(proof, other)).as(other.toString()).isFalse();
    }
  }

  @Test
  void whoeverReadsWhatIsStoredCannotMakeAProof() {
    // The best that can be tried with the stored key: to take it for the client key.
    byte[] mask = Mac256.mac(HexFormat.of().parseHex(verifier.storedKey()), request.request());
    assertThat(verifier.verifies(mask, request)).isFalse();
    assertThat(verifier.verifies(new byte[32], request)).isFalse();
    assertThat(verifier.verifies(new byte[0], request)).isFalse();
  }

  @Test
  void aServerThatDoesNotKnowTheTokenCannotProveIt() {
    Verifier other = Verifier.of(JoinToken.create(Role.AGENT, Instant.EPOCH, "ab".repeat(32)));
    assertThat(Verifier.isServerProof(other.serverProof(challenge), token, challenge)).isFalse();
  }

  @Test
  void whatIsStoredIsNotTheSecret() {
    assertThat(verifier.storedKey() + verifier.serverKey()).doesNotContain(token.secret());
    assertThat(verifier.toString()).doesNotContain(verifier.serverKey());
  }
}
