package io.croft.security.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.PlainHeader;
import com.nimbusds.jose.PlainObject;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.croft.model.Json;
import io.croft.security.UserInfo;
import io.croft.security.token.InvalidTokenException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("S-7")
class JwtAuthenticatorTest {
  private static final String URL = "https://issuer.example";
  private static final ECKey EC = ec("one");
  private static final RSAKey RSA = rsa();
  private static final String MAPPINGS =
      """
      apiVersion: apiserver.config.k8s.io/v1
      kind: AuthenticationConfiguration
      jwt:
      - issuer: {url: https://issuer.example, audiences: [croft, other], audienceMatchPolicy: MatchAny}
        claimMappings:
          username: {claim: email, prefix: 'ext:'}
          groups: {claim: roles, prefix: 'ext:'}
          uid: {claim: sub}
          extra: [{key: example.org/team, valueExpression: claims.team}]
        claimValidationRules:
        - {claim: hd, requiredValue: example.org}
        - {expression: claims.staff == true, message: only staff}
        userValidationRules:
        - {expression: user.uid == '1', message: only one}
      """;

  private final List<JWK> published = new ArrayList<>(List.of(EC, RSA));
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private int reads;
  private boolean reachable = true;
  private final JwtAuthenticator authenticator = authenticator();

  @Test
  void makesAUserOfTheClaims() throws Exception {
    UserInfo user = authenticator.authenticate(signed(claims()));

    assertThat(user.name()).isEqualTo("ext:alice@example.org");
    assertThat(user.uid()).isEqualTo("1");
    assertThat(user.groups()).containsExactly("ext:dev", "ext:ops", "system:authenticated");
    assertThat(user.extra()).containsEntry("example.org/team", List.of("blue"));
  }

  @Test
  void takesAGroupThatIsNoList() throws Exception {
    assertThat(authenticator.authenticate(signed(claims().put("roles", "dev"))).groups())
        .containsExactly("ext:dev", "system:authenticated");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "iss | \"https://other.example\" | the token is of another issuer",
        "aud | \"stranger\" | the token is for another audience",
        "aud | [\"stranger\"] | the token is for another audience",
        "exp | 1767225569 | the token has expired",
        "exp | \"soon\" | the token has expired",
        "nbf | 1767225700 | the token is not valid yet",
        "iat | 1767225700 | the token is not valid yet",
        "email | 7 | the username is not a string",
        "email | \"\" | the username is empty",
        "email_verified | false | the email address is not verified",
        "email_verified | \"true\" | the email address is not verified",
        "roles | [1] | groups is neither a string nor a list of strings",
        "roles | {} | groups is neither a string nor a list of strings",
        "sub | 1 | the uid is not a string",
        "hd | \"example.com\" | the claim hd does not have the value that is required",
        "staff | false | validation expression failed: only staff",
        "sub | \"2\" | validation expression failed: only one",
      })
  void refusesClaimsThatAreNotGood(String claim, String value, String reason) throws Exception {
    ObjectNode claims = claims();
    claims.set(claim, Json.parse(value.getBytes(StandardCharsets.UTF_8)));

    refused(signed(claims), reason);
  }

  @Test
  void refusesATokenWithoutTheClaimOfAnExpression() throws Exception {
    refused(
        signed(claims().without(List.of("team"))),
        "the expression of extra example.org/team has no value: no such key: team");
  }

  @Test
  void bearsClocksThatDifferALittle() throws Exception {
    authenticator.authenticate(signed(claims().put("exp", now.minusSeconds(20).getEpochSecond())));
    authenticator.authenticate(signed(claims().put("nbf", now.plusSeconds(20).getEpochSecond())));
  }

  @Test
  void takesOnlyAlgorithmsWithPublicKeys() throws Exception {
    var payload = new Payload(Json.text(claims()));
    refused(
        new PlainObject(new PlainHeader(), payload).serialize(), "the token is not a signed JWT");
    var mac = new JWSObject(new JWSHeader(JWSAlgorithm.HS256), payload);
    mac.sign(new MACSigner(RSA.toRSAPublicKey().getEncoded())); // the classic confusion
    refused(mac.serialize(), "the token is signed by an algorithm that is not accepted");
    for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.PS384)) {
      var rsa = new JWSObject(new JWSHeader.Builder(algorithm).keyID("rsa").build(), payload);
      rsa.sign(new RSASSASigner(RSA));
      authenticator.authenticate(rsa.serialize());
    }
  }

  @Test
  void refusesWhatSomebodyElseHasSigned() throws Exception {
    refused(signed(ec("one"), claims()), "the token's signature does not verify");
    String good = signed(claims());
    refused(
        good.substring(0, good.lastIndexOf('.'))
            + signed(ec("one"), claims()).substring(good.lastIndexOf('.')),
        "the token's signature does not verify");
    refused("a.b.c", "the token is not a signed JWT");
    refused("a".repeat(40_000), "the token is too long");
  }

  @Test
  void refusesCriticalExtensions() throws Exception {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("one").criticalParams(Set.of("x"));
    var jws = new JWSObject(header.customParam("x", 1).build(), new Payload(Json.text(claims())));
    jws.sign(new ECDSASigner(EC));

    refused(jws.serialize(), "the token demands extensions that are not known");
  }

  @Test
  void readsTheKeysOnceAndAgainWhenOneIsNew() throws Exception {
    authenticator.authenticate(signed(claims()));
    authenticator.authenticate(signed(claims().put("jti", "2")));
    assertThat(reads).isEqualTo(1);

    ECKey next = ec("two");
    published.add(next);
    now = now.plusSeconds(10);
    authenticator.authenticate(signed(next, claims()));
    assertThat(reads).isEqualTo(2);
  }

  @Test
  void asksTheIssuerNoOftenerThanStrangersCanWish() throws Exception {
    authenticator.authenticate(signed(claims()));
    for (int i = 0; i < 20; i++) {
      refused(signed(ec("stranger" + i), claims()), "the token is signed by no key of its issuer");
    }
    assertThat(reads).isEqualTo(1);
    now = now.plus(IssuerKeys.PAUSE);
    refused(signed(ec("stranger"), claims()), "the token is signed by no key of its issuer");
    assertThat(reads).isEqualTo(2);
  }

  @Test
  void letsAWithdrawnKeyEnd() throws Exception {
    String token = signed(claims());
    authenticator.authenticate(token);
    published.remove(EC);
    now = now.plus(IssuerKeys.FRESH).plusSeconds(1);

    refused(signed(claims()), "the token is signed by no key of its issuer");
    refused(token, "the token is signed by no key of its issuer");
  }

  @Test
  void keepsKeysForADayWhenTheIssuerIsGone() throws Exception {
    authenticator.authenticate(signed(claims()));
    reachable = false;
    now = now.plus(Duration.ofHours(23));
    authenticator.authenticate(signed(claims()));
    now = now.plus(Duration.ofHours(2));
    refused(signed(claims()), "the keys of the token's issuer cannot be read");
  }

  private void refused(String token, String reason) {
    assertThatThrownBy(() -> authenticator.authenticate(token))
        .isInstanceOf(InvalidTokenException.class)
        .hasMessage(reason);
  }

  private ObjectNode claims() {
    ObjectNode claims =
        Json.object()
            .put("iss", URL)
            .put("sub", "1")
            .put("aud", "croft")
            .put("exp", now.plusSeconds(300).getEpochSecond())
            .put("iat", now.getEpochSecond())
            .put("email", "alice@example.org")
            .put("email_verified", true)
            .put("hd", "example.org")
            .put("team", "blue")
            .put("staff", true);
    claims.putArray("roles").add("dev").add("ops").add("dev");
    return claims;
  }

  private static String signed(ObjectNode claims) throws Exception {
    return signed(EC, claims);
  }

  private static String signed(ECKey key, ObjectNode claims) throws Exception {
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build();
    var jws = new JWSObject(header, new Payload(Json.text(claims)));
    jws.sign(new ECDSASigner(key));
    return jws.serialize();
  }

  private JwtAuthenticator authenticator() {
    try {
      JwtIssuer issuer =
          AuthenticationConfiguration.read(
                  MAPPINGS.getBytes(StandardCharsets.UTF_8), new FakeExpressions(), Set.of())
              .issuers()
              .getFirst();
      var keys = new IssuerKeys(issuer.url(), issuer.discoveryUrl(), this::document, () -> now);
      return new JwtAuthenticator(issuer, keys, () -> now);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private ObjectNode document(String url) throws IOException {
    if (!reachable) {
      throw new IOException("unreachable");
    }
    if (url.endsWith("openid-configuration")) {
      return Json.object().put("issuer", URL).put("jwks_uri", URL + "/keys");
    }
    reads++;
    ObjectNode set = Json.object();
    var keys = set.putArray("keys");
    for (JWK key : published) {
      try {
        keys.add(
            Json.parseObject(key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8)));
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    return set;
  }

  private static ECKey ec(String id) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static RSAKey rsa() {
    try {
      return new RSAKeyGenerator(2048).keyID("rsa").generate();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
