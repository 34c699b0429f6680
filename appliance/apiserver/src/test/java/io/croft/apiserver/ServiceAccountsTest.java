package io.croft.apiserver;

import static io.croft.apiserver.TestControlPlane.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Service accounts, their tokens, and who one is with them.
@Timeout(120)
final class ServiceAccountsTest {
  private static final String DEFAULT = "/api/v1/namespaces/default";
  private static final String ACCOUNTS = DEFAULT + "/serviceaccounts";
  private static final String SECRETS = DEFAULT + "/secrets";
  private static final String TOKEN = ACCOUNTS + "/robot/token";
  private static final String WHO_AM_I = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  private static final String REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";

  private static final String ISSUER = "https://kubernetes.default.svc.cluster.local";
  private static final GroupVersionResource ACCOUNT =
      new GroupVersionResource("", "v1", "serviceaccounts");

  @TempDir Path directory;
  private TestControlPlane plane;
  private TestApi api;
  private String uid = "";

  @BeforeEach
  void start() throws Exception {
    plane = new TestControlPlane(directory);
    api = plane.api;
    uid = api.post(ACCOUNTS, "{\"metadata\":{\"name\":\"robot\"}}").text("metadata", "uid");
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private String token(String spec) {
    var answer = api.post(TOKEN, request(spec));
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
    return answer.text("status", "token");
  }

  private static String request(String spec) {
    return "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":"
        + spec
        + "}";
  }

  /// Who a token says one is; or nothing when the answer is 401.
  private ObjectNode whoAmI(String token) throws Exception {
    return whoAmI(Headers.of("authorization", "Bearer " + token));
  }

  private ObjectNode whoAmI(Headers headers) throws Exception {
    var request =
        new HttpRequest(
            "POST",
            WHO_AM_I,
            Query.EMPTY,
            headers.with("content-type", "application/json"),
            RequestBody.of("{}".getBytes(StandardCharsets.UTF_8)),
            Peer.IN_PROCESS);
    HttpResponse response = plane.chain.handle(request);
    ObjectNode body = Json.parseObject(((HttpResponse.Complete) response).body());
    if (response.status() == 401) {
      return Json.object();
    }
    assertThat(response.status()).as(body.toString()).isEqualTo(201);
    return (ObjectNode) body.path("status").path("userInfo");
  }

  private static JsonNode part(String token, int index) throws Exception {
    return Json.parseObject(Base64.getUrlDecoder().decode(token.split("\\.")[index]));
  }

  @Test
  void givesEveryNamespaceAnAccountAndTheRootCertificates() throws Exception {
    api.post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"shop\"}}");
    String account = "/api/v1/namespaces/shop/serviceaccounts/default";
    String map = "/api/v1/namespaces/shop/configmaps/kube-root-ca.crt";
    eventually("the account is there", () -> api.get(account).code() == 200);
    eventually("the certificates are there", () -> api.get(map).code() == 200);
    assertThat(api.get(map).text("data", "ca.crt")).isEqualTo("the root's PEM");

    api.delete(account);
    eventually("the account is there again", () -> api.get(account).code() == 200);
    api.patch(map, "merge-patch", "{\"data\":{\"ca.crt\":\"another\"}}");
    eventually(
        "the certificates are right again",
        () -> api.get(map).text("data", "ca.crt").equals("the root's PEM"));

    api.delete("/api/v1/namespaces/shop");
    plane.eventuallyGone("/api/v1/namespaces/shop");
  }

  @Test
  void letsAnAccountInByItsToken() throws Exception {
    String token = token("{}");
    ObjectNode user = whoAmI(token);
    assertThat(user.path("username").asText()).isEqualTo("system:serviceaccount:default:robot");
    assertThat(user.path("uid").asText()).isEqualTo(uid);
    assertThat(user.path("groups"))
        .hasToString(
            "[\"system:serviceaccounts\",\"system:serviceaccounts:default\",\"system:authenticated\"]");
    assertThat(user.at("/extra/authentication.kubernetes.io~1credential-id/0").asText())
        .isEqualTo("JTI=" + part(token, 1).path("jti").asText());
  }

  @Test
  void writesTheClaimsOfKubernetes() throws Exception {
    var answer = api.post(TOKEN, request("{\"expirationSeconds\":1200}"));
    String token = answer.text("status", "token");
    JsonNode claims = part(token, 1);
    assertThat(claims.path("iss").asText())
        .isEqualTo("https://kubernetes.default.svc.cluster.local");
    assertThat(claims.path("aud"))
        .hasToString("[\"https://kubernetes.default.svc.cluster.local\"]");
    assertThat(claims.path("sub").asText()).isEqualTo("system:serviceaccount:default:robot");
    assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(1200);
    assertThat(claims.path("kubernetes.io"))
        .hasToString(
            "{\"namespace\":\"default\",\"serviceaccount\":{\"name\":\"robot\",\"uid\":\"%s\"}}"
                .formatted(uid));
    assertThat(Instant.parse(answer.text("status", "expirationTimestamp")).getEpochSecond())
        .isEqualTo(claims.path("exp").asLong());
    assertThat(answer.text("metadata", "name")).isEqualTo("robot");
  }

  @Test
  void publishesTheKeyThatVerifiesItsTokens() throws Exception {
    assertThat(api.get("/.well-known/openid-configuration").text("jwks_uri"))
        .endsWith("/openid/v1/jwks");
    JsonNode key = api.get("/openid/v1/jwks").body().path("keys").path(0);
    String token = token("{}");
    assertThat(part(token, 0).path("kid").asText()).isEqualTo(key.path("kid").asText());
    var parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp256r1"));
    var point = new ECPoint(number(key, "x"), number(key, "y"));
    var spec = new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class));
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    verifier.initVerify(KeyFactory.getInstance("EC").generatePublic(spec));
    int end = token.lastIndexOf('.');
    verifier.update(token.substring(0, end).getBytes(StandardCharsets.US_ASCII));
    assertThat(verifier.verify(Base64.getUrlDecoder().decode(token.substring(end + 1)))).isTrue();
  }

  private static BigInteger number(JsonNode key, String field) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(key.path(field).asText()));
  }

  @Test
  void refusesATokenWhoseAccountIsGoneOrAnother() throws Exception {
    String token = token("{}");
    api.delete(ACCOUNTS + "/robot");
    assertThat(whoAmI(token)).isEmpty();
    api.post(ACCOUNTS, "{\"metadata\":{\"name\":\"robot\"}}");
    assertThat(whoAmI(token)).isEmpty();
  }

  @Test
  void endsATokenWithTheObjectThatItIsBoundTo() throws Exception {
    String secret = api.post(SECRETS, "{\"metadata\":{\"name\":\"s\"}}").text("metadata", "uid");
    String bound = "{\"boundObjectRef\":{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"name\":\"s\"";
    assertThat(api.post(TOKEN, request(bound + ",\"uid\":\"other\"}}")).code()).isEqualTo(409);
    String token = token(bound + ",\"uid\":\"" + secret + "\"}}");
    assertThat(whoAmI(token)).isNotEmpty();
    api.delete(SECRETS + "/s");
    assertThat(whoAmI(token)).isEmpty();
    assertThat(api.post(TOKEN, request(bound + "}}")).code()).isEqualTo(404);
  }

  @Test
  void acceptsATokenOnlyFromThoseThatItIsFor() throws Exception {
    String vault = token("{\"audiences\":[\"vault\"]}");
    assertThat(whoAmI(vault)).isEmpty();
    String question = "{\"spec\":{\"token\":\"%s\"%s}}";
    var api401 = api.post(REVIEWS, question.formatted(vault, ""));
    assertThat(api401.code()).isEqualTo(201);
    assertThat(api401.body().path("status").has("authenticated")).isFalse();
    assertThat(api401.text("status", "error")).contains("another audience");

    var good = api.post(REVIEWS, question.formatted(vault, ",\"audiences\":[\"x\",\"vault\"]"));
    assertThat(good.body().path("status").path("authenticated").asBoolean()).isTrue();
    assertThat(good.body().path("status").path("audiences")).hasToString("[\"vault\"]");
    assertThat(good.body().at("/status/user/username").asText())
        .isEqualTo("system:serviceaccount:default:robot");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"expirationSeconds\":599}",
        "{\"expirationSeconds\":4294967297}",
      })
  void boundsTheLifeOfAToken(String spec) {
    var refused = api.post(TOKEN, request(spec));
    assertThat(refused.code()).isEqualTo(422);
    assertThat(refused.text("message")).contains("spec.expirationSeconds: Invalid value");
  }

  @Test
  void refusesRequestsForTokensThatMakeNoSense() {
    assertThat(api.post(ACCOUNTS + "/none/token", request("{}")).code()).isEqualTo(404);
    assertThat(
            api.post(TOKEN, request("{\"boundObjectRef\":{\"apiVersion\":\"v1\",\"kind\":\"X\"}}"))
                .code())
        .isEqualTo(400);
    assertThat(api.get(TOKEN).code()).isEqualTo(405);
    assertThat(api.post(SECRETS + "/x/token", request("{}")).code()).isEqualTo(404);
    assertThat(api.get("/api/v1").body().path("resources").findValuesAsText("name"))
        .contains("serviceaccounts/token");
  }

  @Test
  void refusesTokensThatWereTamperedWith() throws Exception {
    String token = token("{}");
    String[] parts = token.split("\\.");
    var encoder = Base64.getUrlEncoder().withoutPadding();
    ObjectNode other = (ObjectNode) part(token, 1);
    other.put("sub", "system:serviceaccount:kube-system:admin");
    ObjectNode none =
        Json.object().put("alg", "none").put("kid", part(token, 0).path("kid").asText());
    ObjectNode hmac = none.deepCopy().put("alg", "HS256");
    ObjectNode key = (ObjectNode) part(token, 0).deepCopy();
    key.put("kid", "another");
    for (String forged :
        List.of(
            parts[0] + "." + encoder.encodeToString(Json.bytes(other)) + "." + parts[2],
            encoder.encodeToString(Json.bytes(none)) + "." + parts[1] + ".",
            encoder.encodeToString(Json.bytes(hmac)) + "." + parts[1] + "." + parts[2],
            encoder.encodeToString(Json.bytes(key)) + "." + parts[1] + "." + parts[2],
            parts[0] + "." + parts[1],
            parts[0] + "." + parts[1] + "." + parts[2] + "x",
            token + ".x",
            "",
            "a.b.c",
            "x".repeat(100_000))) {
      assertThat(whoAmI(forged)).as(forged.substring(0, Math.min(80, forged.length()))).isEmpty();
    }
    assertThat(whoAmI(Headers.of("authorization", "Basic " + token))).isEmpty();
    assertThat(
            whoAmI(
                Headers.of("authorization", "Bearer " + token, "authorization", "Bearer " + token)))
        .isEmpty();
    assertThat(whoAmI(token)).isNotEmpty();
  }

  @Test
  void fillsSecretsForThoseWhoCannotAskForAToken() throws Exception {
    String secret =
        "{\"metadata\":{\"name\":\"s\",\"annotations\":{\"kubernetes.io/service-account.name\":"
            + "\"robot\"}},\"type\":\"kubernetes.io/service-account-token\"}";
    api.post(SECRETS, secret);
    eventually("it is filled", () -> !api.get(SECRETS + "/s").text("data", "token").isEmpty());
    var filled = api.get(SECRETS + "/s");
    assertThat(decoded(filled, "namespace")).isEqualTo("default");
    assertThat(decoded(filled, "ca.crt")).isEqualTo("the root's PEM");
    String token = decoded(filled, "token");
    assertThat(whoAmI(token).path("username").asText())
        .isEqualTo("system:serviceaccount:default:robot");

    // A token that was taken out of its secret is none any more.
    api.patch(SECRETS + "/s", "merge-patch", "{\"data\":{\"token\":\"b3RoZXI=\"}}");
    assertThat(whoAmI(token)).isEmpty();

    api.delete(ACCOUNTS + "/robot");
    plane.eventuallyGone(SECRETS + "/s");
  }

  private static String decoded(TestApi.Answer answer, String key) {
    byte[] bytes = Base64.getDecoder().decode(answer.text("data", key));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void isExpiredWhenItsTimeIsOver() throws Exception {
    var account = plane.client.get(ACCOUNT, "default", "robot");
    var issued =
        api.server.tokens().issue(account, List.of(ISSUER), Duration.ofSeconds(-1), List.of());
    assertThat(whoAmI(issued.token())).isEmpty();
  }
}
