package io.croft.security.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.Authenticator;
import io.croft.security.Authenticator.Outcome;
import io.croft.security.FirstAuthenticator;
import io.croft.security.Standing;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ServiceAccountTokensTest {
  private static final ApiObject ROBOT =
      ApiObject.of(Json.object()).setNamespace("shop").setName("robot").setUid("u-1");

  private final AtomicReference<KeyPair> keys = new AtomicReference<>(ec("secp256r1"));
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private final InstantSource clock = now::get;
  private final List<ApiObject> stored = new ArrayList<>(List.of(ROBOT));
  private final ServiceAccountTokens tokens = new ServiceAccountTokens(keys::get, clock);
  private final TokenVerifier verifier = new TokenVerifier(tokens, this::find, clock);

  private Optional<ApiObject> find(String plural, String namespace, String name) {
    return plural.equals("serviceaccounts") || plural.equals("secrets")
        ? stored.stream()
            .filter(o -> o.namespace().equals(namespace) && o.name().equals(name))
            .findFirst()
        : Optional.empty();
  }

  private static KeyPair ec(String curve) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair rsa(int bits) throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private String issue() {
    return tokens
        .issue(ROBOT, List.of(ServiceAccountTokens.ISSUER), Duration.ofMinutes(10), List.of())
        .token();
  }

  @Test
  void signsWithWhateverKeyItIsGiven() throws Exception {
    assertThat(verifier.verify(issue(), List.of()).user().name())
        .isEqualTo("system:serviceaccount:shop:robot");
    keys.set(rsa(2048));
    assertThat(verifier.verify(issue(), List.of()).user().uid()).isEqualTo("u-1");
    JsonNode key = tokens.keySet().path("keys").path(0);
    assertThat(key.path("alg").asText()).isEqualTo("RS256");
    assertThat(key.path("n").asText()).hasSize(342);
    assertThat(key.path("e").asText()).isEqualTo("AQAB");
  }

  @Test
  void signsWithNoWeakOrUnusualKey() throws Exception {
    KeyPair weak = rsa(1024);
    assertThatIllegalArgumentException().isThrownBy(() -> new SigningKey(weak));
    assertThatIllegalArgumentException().isThrownBy(() -> new SigningKey(ec("secp384r1")));
  }

  @Test
  void forgetsWhatAnotherKeyHasSigned() throws Exception {
    String token = issue();
    verifier.verify(token, List.of());
    keys.set(ec("secp256r1"));
    assertThatThrownBy(() -> verifier.verify(token, List.of()))
        .isInstanceOf(InvalidTokenException.class)
        .hasMessage("the token is signed by another key");
  }

  @Test
  @Tag("S-8")
  void aTokenStandsAsLongAsItsAccountDoesThoughItExpires() throws Exception {
    Standing standing = verifier.verify(issue(), List.of()).standing().orElseThrow();
    now.set(now.get().plus(Duration.ofHours(1)));
    assertThat(standing.holds()).isTrue();
    stored.clear();
    assertThat(standing.holds()).isFalse();
    stored.add(ApiObject.of(Json.object()).setNamespace("shop").setName("robot").setUid("u-2"));
    assertThat(standing.holds()).isFalse(); // another of the same name
  }

  @Test
  void tokensOfOneAccountStandByThemselves() throws Exception {
    String one = issue();
    now.set(now.get().plusSeconds(1));
    String other = issue();
    assertThat(key(one)).isEqualTo(key(one)).isNotEqualTo(key(other));
  }

  private static ApiObject bootstrapSecret(String secret, String expiration) {
    ObjectNode json = Json.object().put("type", BootstrapTokens.TYPE);
    json.putObject("data")
        .put("token-id", base64("abcdef"))
        .put("token-secret", base64(secret))
        .put("expiration", base64(expiration))
        .put("usage-bootstrap-authentication", base64("true"));
    return ApiObject.of(json).setNamespace("kube-system").setName("bootstrap-token-abcdef");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  @Tag("S-8")
  void aBootstrapTokenStandsAsLongAsItsSecretAndItsTime() throws Exception {
    String token = "abcdef.0123456789abcdef";
    stored.set(0, bootstrapSecret("0123456789abcdef", "2026-01-01T01:00:00Z"));
    Standing standing = verifier.verify(token, List.of()).standing().orElseThrow();
    assertThat(standing.holds()).isTrue();
    now.set(now.get().plus(Duration.ofHours(1)));
    assertThat(standing.holds()).isFalse();

    stored.set(0, bootstrapSecret("fedcba9876543210", "2026-01-02T00:00:00Z"));
    assertThat(standing.holds()).isFalse();
    Standing other = verifier.verify("abcdef.fedcba9876543210", List.of()).standing().orElseThrow();
    assertThat(other.key()).isNotEqualTo(standing.key()); // it does not end with the one before
    assertThat(other.holds()).isTrue();
    stored.clear();
    assertThat(other.holds()).isFalse();
  }

  private String key(String token) throws InvalidTokenException {
    return verifier.verify(token, List.of()).standing().orElseThrow().key();
  }

  @Test
  void looksAtTimeAndAccountThoughItKnowsTheToken() throws Exception {
    String token = issue();
    verifier.verify(token, List.of());
    now.set(now.get().plus(Duration.ofMinutes(10)));
    assertThatThrownBy(() -> verifier.verify(token, List.of())).hasMessage("the token has expired");
    now.set(now.get().minus(Duration.ofMinutes(20)));
    assertThatThrownBy(() -> verifier.verify(token, List.of()))
        .hasMessage("the token is not valid yet");
    now.set(now.get().plus(Duration.ofMinutes(11)));
    verifier.verify(token, List.of());
    stored.clear();
    assertThatThrownBy(() -> verifier.verify(token, List.of())).hasMessageContaining("is gone");
  }

  @Test
  void refusesAnAccountThatHasLongBeenGoing() throws Exception {
    String token = issue();
    ApiObject going = ROBOT.copy().setDeletionTimestamp(now.get().minusSeconds(30));
    stored.set(0, going);
    verifier.verify(token, List.of());
    stored.set(0, going.copy().setDeletionTimestamp(now.get().minusSeconds(61)));
    assertThatThrownBy(() -> verifier.verify(token, List.of()))
        .hasMessageContaining("is being deleted");
  }

  @Test
  void takesTheFirstGoodCredentials() {
    Authenticator none = request -> new Outcome.NoCredentials();
    Authenticator bad = request -> new Outcome.Rejected("bad certificate");
    var alice = new Outcome.Authenticated(UserInfo.of("alice"));
    var bearer = new TokenAuthenticator(verifier);
    HttpRequest plain = request(Headers.of());
    HttpRequest withToken = request(Headers.of("authorization", "bearer " + issue()));
    assertThat(new FirstAuthenticator(List.of(none, bearer)).authenticate(plain))
        .isEqualTo(new Outcome.NoCredentials());
    assertThat(new FirstAuthenticator(List.of(bad, bearer)).authenticate(plain))
        .isEqualTo(new Outcome.Rejected("bad certificate"));
    assertThat(new FirstAuthenticator(List.of(bad, bearer)).authenticate(withToken))
        .isInstanceOf(Outcome.Authenticated.class);
    assertThat(new FirstAuthenticator(List.of(request -> alice, bearer)).authenticate(withToken))
        .isEqualTo(alice);
  }

  private static HttpRequest request(Headers headers) {
    return new HttpRequest("GET", "/", Query.EMPTY, headers, RequestBody.EMPTY, Peer.IN_PROCESS);
  }
}
