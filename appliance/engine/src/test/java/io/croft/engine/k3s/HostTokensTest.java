package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.Sha256;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.Query;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.Authenticator.Outcome;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostTokensTest {
  private static final String CONFIG = "/v1-k3s/config";

  @TempDir Path directory;
  private final Map<String, String> keys = new HashMap<>(Map.of("edge-1", "aa", "edge-2", "bb"));
  private final Set<BigInteger> revoked = new HashSet<>();
  private Instant end = Instant.parse("2026-12-22T20:00:00Z");
  private Instant now = Instant.parse("2026-11-22T20:00:00Z");
  private HostTokens tokens;
  private List<X509Certificate> authorities;

  @BeforeEach
  void open() throws Exception {
    Path secret = directory.resolve("token");
    Files.writeString(secret, "0123456789abcdef0123456789abcdef\n");
    tokens = new HostTokens(secret, HostRoutesTest.hosts(keys), revoked::contains, () -> now);
    Pki pki =
        Pki.open(
            directory.resolve("pki"), ServerNames.of(List.of("localhost")), InstantSource.system());
    authorities = K3sTrust.certificates(pki.serverAuthority());
  }

  /// As k3s' agents take tokens apart.
  private String password() throws Exception {
    String token =
        tokens.issue(
            new HostTokens.Claim("edge-1", "aa", BigInteger.valueOf(77)), end, authorities);
    assertThat(token).matches("K10[0-9a-f]{64}::node:[^:]+");
    return token.substring(token.indexOf("::node:") + 7);
  }

  private Outcome ask(String path, String credentials) {
    String field =
        "Basic "
            + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.US_ASCII));
    return tokens.authenticate(
        HttpRequest.of("GET", path, Query.EMPTY).withHeaders(Headers.of("authorization", field)));
  }

  @Test
  void knowsAHostByItsToken() throws Exception {
    Outcome outcome = ask(CONFIG, "node:" + password());

    assertThat(outcome).isInstanceOf(Outcome.Authenticated.class);
    var known = (Outcome.Authenticated) outcome;
    assertThat(known.user().name()).isEqualTo("system:node:edge-1");
    assertThat(known.user().groups()).containsExactly("system:nodes", "system:authenticated");
    assertThat(known.standing().orElseThrow().holds()).isTrue();
    keys.put("edge-1", "cc");
    assertThat(known.standing().orElseThrow().holds()).isFalse();
  }

  @Test
  void isOfNoUseForTheRestOfTheApi() throws Exception {
    String password = password();
    assertThat(ask("/api/v1/nodes/edge-1", "node:" + password))
        .isInstanceOf(Outcome.NoCredentials.class);
    assertThat(ask("/v1-k3s", "node:" + password)).isInstanceOf(Outcome.NoCredentials.class);
  }

  @Test
  void endsAfterADayAndWithTheKey() throws Exception {
    String password = password();
    now = now.plusSeconds(24 * 3600 - 1);
    assertThat(ask(CONFIG, "node:" + password)).isInstanceOf(Outcome.Authenticated.class);
    now = now.plusSeconds(1);
    assertThat(ask(CONFIG, "node:" + password))
        .isEqualTo(new Outcome.Rejected("the host's token has expired"));
    now = now.minusSeconds(60);
    keys.put("edge-1", "cc");
    assertThat(ask(CONFIG, "node:" + password)).isInstanceOf(Outcome.Rejected.class);
    keys.remove("edge-1");
    assertThat(ask(CONFIG, "node:" + password)).isInstanceOf(Outcome.Rejected.class);
  }

  /// A certificate that has expired cannot be taken back.
  @Test
  void livesNoLongerThanTheCertificateItWasGotWith() throws Exception {
    end = now.plusSeconds(600);
    String password = password();
    now = now.plusSeconds(599);
    assertThat(ask(CONFIG, "node:" + password)).isInstanceOf(Outcome.Authenticated.class);
    now = now.plusSeconds(1);
    assertThat(ask(CONFIG, "node:" + password))
        .isEqualTo(new Outcome.Rejected("the host's token has expired"));
  }

  /// What was got with a stolen certificate ends when that is taken back, although the host goes on
  /// with its key and the next certificate.
  @Test
  void endsWithTheCertificateItWasGotWith() throws Exception {
    String password = password();
    var known = (Outcome.Authenticated) ask(CONFIG, "node:" + password);
    revoked.add(BigInteger.valueOf(77));
    assertThat(ask(CONFIG, "node:" + password))
        .isEqualTo(
            new Outcome.Rejected("the certificate that the host's token was got with is revoked"));
    assertThat(known.standing().orElseThrow().holds()).isFalse();
    revoked.clear();
    assertThat(ask(CONFIG, "node:" + password.replace(".4d.", ".4e.")))
        .isEqualTo(new Outcome.Rejected("the host's token is not of this appliance"));
  }

  @Test
  void isOfOneHostAndOneAppliance() throws Exception {
    String password = password();
    assertThat(ask(CONFIG, "node:" + password.replace("edge-1", "edge-2")))
        .isInstanceOf(Outcome.Rejected.class);
    String longer =
        password.replaceFirst("\\.\\d+\\.", "." + (now.getEpochSecond() + 999999) + ".");
    assertThat(ask(CONFIG, "node:" + longer)).isInstanceOf(Outcome.Rejected.class);
    Files.writeString(directory.resolve("token"), "another\n");
    assertThat(ask(CONFIG, "node:" + password)).isInstanceOf(Outcome.Rejected.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "node:",
        "node:x",
        "node:edge-1.1",
        "node:edge-1.1.1",
        "node:edge-1.9999999999.zz.x",
        "node:edge-1.-9999999999999999.1.x",
        "node:Edge_1.9999999999.1.x",
        "node:edge-1.x.y",
        "node:a.1.1.b.c",
        "server:edge-1.1.1.x",
        "edge-1.1.1.x",
        "node:edge-1.99999999999999999999.1.x"
      })
  void refusesWhatIsNoToken(String credentials) {
    assertThat(ask(CONFIG, credentials)).isInstanceOf(Outcome.Rejected.class);
  }

  @Test
  void refusesWhatIsNotBase64AndPassesOverOtherSchemes() {
    var asked = HttpRequest.of("GET", CONFIG, Query.EMPTY);
    assertThat(tokens.authenticate(asked.withHeaders(Headers.of("authorization", "Basic !!!"))))
        .isInstanceOf(Outcome.Rejected.class);
    assertThat(tokens.authenticate(asked.withHeaders(Headers.of("authorization", "Bearer x"))))
        .isInstanceOf(Outcome.NoCredentials.class);
    assertThat(tokens.authenticate(asked)).isInstanceOf(Outcome.NoCredentials.class);
  }

  /// `hashCA` of k3s' clientaccess: with more than one certificate, the root above the first one.
  @Test
  void hashesAuthoritiesAsAgentsDo() throws Exception {
    X509Certificate root = authorities.getLast();
    assertThat(authorities.size()).isGreaterThan(1);
    assertThat(HostTokens.hash(authorities)).isEqualTo(Sha256.hex(root.getEncoded()));
    byte[] text = Pem.encode(List.of(root)).getBytes(StandardCharsets.US_ASCII);
    assertThat(HostTokens.hash(List.of(root))).isEqualTo(Sha256.hex(text));
  }
}
