package io.croft.fleet.join;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.HttpResponse;
import io.croft.fleet.TestSite;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.JoinToken;
import io.croft.fleet.proof.Role;
import io.croft.fleet.proof.Transcript;
import io.croft.fleet.proof.Verifier;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What hosts, honest or not, get from the appliance by the join protocol.
@Tag("M6")
@Tag("M7")
@Tag("P13")
class JoinTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir static Path directory;
  private static TestSite site;

  private final KeyPair key = KeyPairs.generate();

  @BeforeAll
  static void start() throws Exception {
    site = new TestSite(directory);
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  /// A conversation, every part of which can be another than it should be.
  private record Host(
      JoinToken token, String role, String name, KeyPair key, String certificate, Duration skew) {
    static Host of(JoinToken token, String name, KeyPair key) {
      return new Host(
          token, token.role().text(), name, key, site.serverCertificate(), Duration.ZERO);
    }

    Host role(String other) {
      return new Host(token, other, name, key, certificate, skew);
    }

    Host shown(String other) {
      return new Host(token, role, name, key, other, skew);
    }

    Host skewed(Duration other) {
      return new Host(token, role, name, key, certificate, other);
    }

    ObjectNode begin() {
      return Json.object()
          .put("who", token.id())
          .put("nonce", "0123456789abcdef")
          .put("serverCertificate", certificate);
    }

    HttpResponse.Complete challenge() {
      return site.post(
          JoinRoutes.CHALLENGE, begin().put("time", site.clock.instant().plus(skew).toString()));
    }

    ObjectNode request(String serverNonce) {
      String pem = pem(key, name);
      var transcript =
          Transcript.begin(token.id(), "0123456789abcdef", serverNonce, certificate)
              .asking(role, name, pem);
      return begin()
          .put("challenge", serverNonce)
          .put("role", role)
          .put("name", name)
          .put("request", pem)
          .put("proof", base64(Verifier.clientProof(token, transcript)));
    }

    /// The whole conversation; an answer to the challenge ends it when it is a refusal.
    HttpResponse.Complete join() {
      HttpResponse.Complete challenge = challenge();
      return challenge.status() == 200
          ? site.post(JoinRoutes.JOIN, request(json(challenge).path("challenge").asText()))
          : challenge;
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static ObjectNode json(HttpResponse.Complete answer) {
    try {
      return Json.parseObject(answer.body());
    } catch (io.croft.model.MalformedJsonException e) {
      throw new AssertionError(e);
    }
  }

  private static String pem(KeyPair key, String name) {
    Subject subject =
        Subject.of(
            Map.of(
                Subject.Attribute.COMMON_NAME,
                List.of("system:node:" + name),
                Subject.Attribute.ORGANIZATION,
                List.of("system:nodes")));
    try {
      return SigningRequest.create(
              key, new SigningRequest.Wish(subject, AlternativeNames.NONE, Set.of(), null, ""))
          .pem();
    } catch (io.croft.pki.PkiException e) {
      throw new AssertionError(e);
    }
  }

  private static JoinToken token() {
    return site.token(Role.AGENT, HOUR, 1, "");
  }

  private static void assertRefused(HttpResponse.Complete answer, Refusal refusal) {
    ObjectNode status = json(answer);
    assertThat(status.path("reason").asText()).as(status.toString()).isEqualTo(refusal.reason());
    assertThat(site.outcomes().getLast()).startsWith("refused: " + refusal.reason() + ": ");
    assertThat(status.path("message").asText()).hasSizeGreaterThan(20);
  }

  @Test
  void aHostThatKnowsATokenJoins() throws Exception {
    JoinToken token = token();
    Host host = Host.of(token, "plain", key);
    var challenge = json(host.challenge());
    byte[] proof = Base64.getUrlDecoder().decode(challenge.path("proof").asText());
    var transcript =
        Transcript.begin(
            token.id(),
            "0123456789abcdef",
            challenge.path("challenge").asText(),
            site.serverCertificate());
    assertThat(Verifier.isServerProof(proof, token, transcript)).isTrue();

    var answer = host.join();

    assertThat(answer.status()).isEqualTo(200);
    X509Certificate leaf = Pem.certificates(json(answer).path("certificate").asText()).getFirst();
    assertThat(leaf.getSubjectX500Principal().getName())
        .contains("CN=system:node:plain")
        .contains("O=system:nodes");
    assertThat(leaf.getPublicKey()).isEqualTo(key.getPublic());
    TestSite.eventually(
        "there is a node", () -> site.client.find(FleetKinds.NODES, "", "plain").isPresent());
    assertThat(site.outcomes().getLast()).startsWith("joined: ");
    ApiObject stored = site.client.get(FleetKinds.TOKENS, "", token.id());
    assertThat(stored.json().toString()).doesNotContain(token.secret());
  }

  @Test
  void aTokenIsGoodOnce() {
    JoinToken token = token();
    assertThat(Host.of(token, "once", key).join().status()).isEqualTo(200);
    assertRefused(Host.of(token, "twice", KeyPairs.generate()).join(), Refusal.USED);
  }

  @Test
  void whoeverWasInterruptedTriesAgainWithTheSameKey() {
    Host host = Host.of(token(), "again", key);
    assertThat(host.join().status()).isEqualTo(200);
    assertThat(host.join().status()).isEqualTo(200);
  }

  @Test
  void theSameKeyUnderAnotherNameIsAnotherUse() {
    JoinToken token = token();
    assertThat(Host.of(token, "name-1", key).join().status()).isEqualTo(200);
    assertRefused(Host.of(token, "name-2", key).join(), Refusal.USED);
  }

  @Test
  void aHostThatWasRemovedNeedsAnotherUse() throws Exception {
    Host host = Host.of(token(), "over", key);
    assertThat(host.join().status()).isEqualTo(200);
    TestSite.eventually(
        "there is a node", () -> site.client.find(FleetKinds.NODES, "", "over").isPresent());
    remove("over");
    // What a garbage collector does.
    site.client.delete(FleetKinds.NODES, "", "over", io.croft.client.DeleteOptions.DEFAULT);
    assertRefused(host.join(), Refusal.USED);
    assertThat(Host.of(token(), "over", key).join().status()).isEqualTo(200);
  }

  @Test
  void onlyOneOfManyGetsTheOneUse() throws Exception {
    JoinToken token = token();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tries =
          java.util.stream.IntStream.range(0, 8)
              .<Callable<Integer>>mapToObj(
                  i -> () -> Host.of(token, "race-" + i, KeyPairs.generate()).join().status())
              .toList();
      int joined = 0;
      for (var answer : threads.invokeAll(tries)) {
        joined += answer.get() == 200 ? 1 : 0;
      }
      assertThat(joined).isEqualTo(1);
    }
  }

  @Test
  void aTokenOfManyUsesCountsThem() {
    JoinToken token = site.token(Role.AGENT, HOUR, 2, "");
    assertThat(Host.of(token, "many-1", KeyPairs.generate()).join().status()).isEqualTo(200);
    assertThat(Host.of(token, "many-2", KeyPairs.generate()).join().status()).isEqualTo(200);
    assertRefused(Host.of(token, "many-3", KeyPairs.generate()).join(), Refusal.USED);
  }

  @ParameterizedTest
  @CsvSource({"AGENT,edge", "EDGE,agent", "AGENT,server", "EDGE,server", "SERVER,agent"})
  void anotherRoleIsRefused(Role good, String wanted) {
    JoinToken token = site.token(good, HOUR, 1, "");
    assertRefused(Host.of(token, "role", key).role(wanted).join(), Refusal.WRONG_ROLE);
    assertThat(site.client.find(FleetKinds.MACHINES, "", "role")).isEmpty();
  }

  @Test
  void aNodeSaysAsWhatItsHostHasJoinedAlsoWhenAnotherOneTookItsName() throws Exception {
    JoinToken edge = site.token(Role.EDGE, HOUR, 1, "");
    assertThat(Host.of(edge, "far", key).join().status()).isEqualTo(200);
    TestSite.eventually(
        "there is a node", () -> site.client.find(FleetKinds.NODES, "", "far").isPresent());
    assertThat(labels("far"))
        .containsEntry("fleet.croft.io/role", "edge")
        .containsEntry("node-role.kubernetes.io/edge", "");
    assertRefused(proveKey("far", key), Refusal.WRONG_ROLE); // as agent

    allowReplacement("far");
    assertThat(Host.of(token(), "far", KeyPairs.generate()).join().status()).isEqualTo(200);
    TestSite.eventually(
        "the node is an agent's", () -> "agent".equals(labels("far").get("fleet.croft.io/role")));
    assertThat(labels("far")).doesNotContainKey("node-role.kubernetes.io/edge");
  }

  private static Map<String, String> labels(String node) {
    return site.client.get(FleetKinds.NODES, "", node).labels();
  }

  @Test
  void anotherNodeThanTheTokensIsRefused() {
    JoinToken token = site.token(Role.AGENT, HOUR, 1, "meant");
    assertRefused(Host.of(token, "other", key).join(), Refusal.WRONG_NODE);
    assertThat(Host.of(token, "meant", key).join().status()).isEqualTo(200);
  }

  @Test
  void anExpiredTokenIsRefused() {
    JoinToken token = site.token(Role.AGENT, Duration.ofSeconds(-1), 1, "");
    assertRefused(Host.of(token, "late", key).join(), Refusal.EXPIRED);
  }

  @Test
  void aRevokedTokenIsRefused() {
    JoinToken token = token();
    ApiObject stored = site.client.get(FleetKinds.TOKENS, "", token.id()).copy();
    ((ObjectNode) stored.json().path("spec")).put("revoked", true);
    site.client.update(FleetKinds.TOKENS, stored);
    assertRefused(Host.of(token, "revoked", key).join(), Refusal.REVOKED);
  }

  @Test
  void whatEndedLongAgoIsClearedAway() throws Exception {
    JoinToken kept = site.token(Role.AGENT, Duration.ofDays(-6), 1, "");
    JoinToken old = site.token(Role.AGENT, Duration.ofDays(-8), 1, "");
    TestSite.eventually(
        "it is gone", () -> site.client.find(FleetKinds.TOKENS, "", old.id()).isEmpty());
    assertThat(site.client.find(FleetKinds.TOKENS, "", kept.id())).isPresent();
  }

  @Test
  void aTokenCannotBeMadeGoodAgain() {
    JoinToken token = site.token(Role.AGENT, Duration.ofSeconds(-1), 1, "");
    ApiObject stored = site.client.get(FleetKinds.TOKENS, "", token.id()).copy();
    ((ObjectNode) stored.json().path("spec")).put("expires", "2099-01-01T00:00:00Z");
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> site.client.update(FleetKinds.TOKENS, stored))
        .isInstanceOf(StatusException.class)
        .hasMessageContaining("make another one");
  }

  @Test
  void theSecretOfAnotherTokenProvesNothing() {
    JoinToken real = token();
    JoinToken guess =
        new JoinToken(real.role(), real.expires(), real.id(), "0".repeat(40), real.authority());
    assertRefused(Host.of(guess, "guess", key).join(), Refusal.WRONG_PROOF);
    // The token is still good.
    assertThat(Host.of(real, "guess", key).join().status()).isEqualTo(200);
  }

  @Test
  void anUnknownTokenIsRefused() {
    JoinToken token =
        JoinToken.create(Role.AGENT, site.clock.instant().plus(HOUR), "00".repeat(32));
    assertRefused(Host.of(token, "unknown", key).join(), Refusal.UNKNOWN_TOKEN);
  }

  @Test
  void aManInTheMiddleIsNoticedByHisCertificate() {
    Host host = Host.of(token(), "middle", key).shown("ab".repeat(32));
    assertRefused(host.join(), Refusal.OTHER_CERTIFICATE);
  }

  @Test
  void aManInTheMiddleWhoNamesTheRightCertificateHasAProofOfTheWrongOne() {
    JoinToken token = token();
    Host host = Host.of(token, "relay", key);
    String nonce = json(host.challenge()).path("challenge").asText();
    ObjectNode relayed = host.shown("ab".repeat(32)).request(nonce);
    relayed.put("serverCertificate", site.serverCertificate());
    assertRefused(site.post(JoinRoutes.JOIN, relayed), Refusal.WRONG_PROOF);
  }

  @Test
  void aProofCannotBePlayedBack() {
    Host host = Host.of(site.token(Role.AGENT, HOUR, 5, ""), "replay", key);
    ObjectNode request = host.request(json(host.challenge()).path("challenge").asText());
    assertThat(site.post(JoinRoutes.JOIN, request).status()).isEqualTo(200);
    assertRefused(site.post(JoinRoutes.JOIN, request), Refusal.CHALLENGE_OVER);
  }

  @Test
  void aChallengeOfSomebodyElseIsNoGood() {
    JoinToken token = token();
    String nonce = json(Host.of(token(), "a", key).challenge()).path("challenge").asText();
    assertRefused(
        site.post(JoinRoutes.JOIN, Host.of(token, "b", key).request(nonce)),
        Refusal.CHALLENGE_OVER);
  }

  @Test
  void clocksMayDifferByTenMinutes() {
    Host host = Host.of(token(), "skewed", key);
    Duration allowed = JoinRoutes.MAX_SKEW.minusSeconds(20);
    assertThat(host.skewed(allowed).challenge().status()).isEqualTo(200);
    assertThat(host.skewed(allowed.negated()).join().status()).isEqualTo(200);
    Duration tooMuch = JoinRoutes.MAX_SKEW.plusSeconds(20);
    assertRefused(host.skewed(tooMuch).join(), Refusal.CLOCK_SKEW);
    assertRefused(host.skewed(tooMuch.negated()).join(), Refusal.CLOCK_SKEW);
  }

  @Test
  void aNameThatIsTakenCostsNoUseAndCanBeGivenAway() throws Exception {
    X509Certificate before = leaf(Host.of(token(), "taken", key).join());
    JoinToken token = token();
    Host other = Host.of(token, "taken", KeyPairs.generate());
    assertRefused(other.join(), Refusal.NAME_TAKEN);

    allowReplacement("taken");

    HttpResponse.Complete joined = other.join();
    assertThat(joined.status()).isEqualTo(200);
    assertThat(site.revoked).contains("system:node:taken");
    assertThat(site.isRevoked(before)).isTrue();
    assertThat(site.isRevoked(leaf(joined))).isFalse();
    assertRefused(Host.of(token(), "taken", key).join(), Refusal.NAME_TAKEN);
  }

  private static X509Certificate leaf(HttpResponse.Complete answer) throws Exception {
    return Pem.certificates(json(answer).path("certificate").asText()).getFirst();
  }

  @Test
  void aNameIsTakenOnlyFromTheMachineThatWasLookedAt() {
    var machines = new Machines(site.client, site.clock);
    String first = "1".repeat(64);
    assertThat(machines.claim(claim(first), machines.requireFree("raced", first))).isTrue();
    allowReplacement("raced");
    String faster = "2".repeat(64);
    String slower = "3".repeat(64);
    var seen = machines.requireFree("raced", slower);
    assertThat(machines.claim(claim(faster), machines.requireFree("raced", faster))).isTrue();
    assertThat(machines.claim(claim(slower), seen)).isFalse();
    assertThat(machines.claim(claim(slower), java.util.Optional.empty())).isFalse();
    ApiObject machine = site.client.get(FleetKinds.MACHINES, "", "raced");
    assertThat(Machines.key(machine)).isEqualTo(faster);
    assertThat(machine.finalizers()).contains(FleetKinds.FINALIZER);
  }

  private static Claim claim(String key) {
    return new Claim("raced", key, "agent", "0123456789ab");
  }

  @Test
  void aNodeThatDidNotJoinKeepsItsName() {
    var json = Json.object().put("apiVersion", "v1").put("kind", "Node");
    site.client.create(FleetKinds.NODES, ApiObject.of(json).setName("foreign"));
    assertRefused(Host.of(token(), "foreign", key).join(), Refusal.NAME_TAKEN);
  }

  @Test
  void aHostWhoseCertificateIsOverProvesItsKey() throws Exception {
    assertThat(Host.of(token(), "old", key).join().status()).isEqualTo(200);
    assertThat(proveKey("old", key).status()).isEqualTo(200);
    assertRefused(proveKey("old", KeyPairs.generate()), Refusal.UNKNOWN_MACHINE);
    assertRefused(proveKey("nobody", key), Refusal.UNKNOWN_MACHINE);
  }

  @Test
  void aHostWhoseCertificateWasTakenBackNeedsAToken() throws Exception {
    assertThat(Host.of(token(), "withdrawn", key).join().status()).isEqualTo(200);
    site.revoke("system:node:withdrawn");
    assertRefused(proveKey("withdrawn", key), Refusal.CERTIFICATE_REVOKED);
    assertThat(Host.of(token(), "withdrawn", key).join().status()).isEqualTo(200);
    assertThat(proveKey("withdrawn", key).status()).isEqualTo(200);
  }

  @Test
  void aHostGetsSoManyCertificatesAtATime() throws Exception {
    Host host = Host.of(token(), "greedy", key);
    assertThat(host.join().status()).isEqualTo(200);
    for (int i = 1; i < HostCertificates.MOST; i++) {
      assertThat(proveKey("greedy", key).status()).isEqualTo(200);
    }
    assertRefused(proveKey("greedy", key), Refusal.TOO_MANY_CERTIFICATES);
    assertRefused(host.join(), Refusal.TOO_MANY_CERTIFICATES);
    assertThat(asked("system:node:greedy", pem(key, "greedy"))).contains("Denied");
    site.clock.advance(Duration.ofMinutes(11));
    assertThat(proveKey("greedy", key).status()).isEqualTo(200);
  }

  @Test
  void hostsHaveKeysOnP256() throws Exception {
    JoinToken token = token();
    var generator = java.security.KeyPairGenerator.getInstance("EC");
    generator.initialize(new java.security.spec.ECGenParameterSpec("secp384r1"));
    assertRefused(Host.of(token, "curve", generator.generateKeyPair()).join(), Refusal.MALFORMED);
    // That cost no use.
    assertThat(Host.of(token, "curve", key).join().status()).isEqualTo(200);
  }

  @Test
  void aRequestForAnotherNameCostsNoUse() {
    JoinToken token = token();
    Host host = Host.of(token, "mine", key);
    String nonce = json(host.challenge()).path("challenge").asText();
    String pem = pem(key, "yours");
    var transcript =
        Transcript.begin(token.id(), "0123456789abcdef", nonce, site.serverCertificate())
            .asking("agent", "mine", pem);
    ObjectNode request = host.request(nonce).put("request", pem);
    assertRefused(site.post(JoinRoutes.JOIN, request), Refusal.WRONG_PROOF);
    request.put("proof", base64(Verifier.clientProof(token, transcript)));
    assertRefused(site.post(JoinRoutes.JOIN, request), Refusal.MALFORMED);
    assertThat(host.join().status()).isEqualTo(200);
  }

  private static void allowReplacement(String name) {
    ApiObject machine = site.client.get(FleetKinds.MACHINES, "", name).copy();
    ((ObjectNode) machine.json().path("spec"))
        .put("replaceBefore", site.clock.instant().plus(HOUR).toString());
    site.client.update(FleetKinds.MACHINES, machine);
  }

  private static void remove(String name) throws Exception {
    site.client.delete(FleetKinds.MACHINES, "", name, io.croft.client.DeleteOptions.DEFAULT);
    TestSite.eventually(
        "it is gone", () -> site.client.find(FleetKinds.MACHINES, "", name).isEmpty());
  }

  private static HttpResponse.Complete proveKey(String name, KeyPair key) throws Exception {
    String who = JoinRoutes.MACHINE + name;
    ObjectNode begin =
        Json.object()
            .put("who", who)
            .put("nonce", "0123456789abcdef")
            .put("serverCertificate", site.serverCertificate());
    String nonce =
        json(site.post(
                JoinRoutes.CHALLENGE,
                begin.deepCopy().put("time", site.clock.instant().toString())))
            .path("challenge")
            .asText();
    String pem = pem(key, name);
    var transcript =
        Transcript.begin(who, "0123456789abcdef", nonce, site.serverCertificate())
            .asking("agent", name, pem);
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(key.getPrivate());
    signer.update(transcript.request().getBytes(StandardCharsets.UTF_8));
    return site.post(
        JoinRoutes.JOIN,
        begin
            .put("challenge", nonce)
            .put("role", "agent")
            .put("name", name)
            .put("request", pem)
            .put("proof", base64(signer.sign())));
  }

  @Test
  void whatIsNoRequestIsRefused() {
    assertRefused(site.post(JoinRoutes.CHALLENGE, Json.object()), Refusal.MALFORMED);
    assertRefused(site.post(JoinRoutes.JOIN, Json.object()), Refusal.MALFORMED);
    Host host = Host.of(token(), "Not A Name", key);
    assertRefused(host.join(), Refusal.MALFORMED);
    assertRefused(
        site.post(JoinRoutes.JOIN, Json.object().put("who", "a".repeat(20_000))),
        Refusal.TOO_LARGE);
  }

  @Test
  void aHostThatIsRemovedLosesNodeAndCertificates() throws Exception {
    assertThat(Host.of(token(), "gone", key).join().status()).isEqualTo(200);
    remove("gone");
    assertThat(site.revoked).contains("system:node:gone");
    assertRefused(proveKey("gone", key), Refusal.UNKNOWN_MACHINE);
  }

  @Test
  void onlyTheHostItselfGetsACertificateForItsName() throws Exception {
    assertThat(Host.of(token(), "self", key).join().status()).isEqualTo(200);
    assertThat(asked("system:node:self", pem(key, "self"))).contains("Approved");
    assertThat(asked("system:node:other", pem(key, "self"))).contains("Denied");
    assertThat(asked("system:node:self", pem(KeyPairs.generate(), "self"))).contains("Denied");
  }

  @Test
  void aHostThatIsRemovedWhileItsCertificateIsIssuedDoesNotKeepIt() throws Exception {
    assertThat(Host.of(token(), "inflight", key).join().status()).isEqualTo(200);
    site.beforeIssuing.set(() ->
        site.client.delete(
            FleetKinds.MACHINES, "", "inflight", io.croft.client.DeleteOptions.DEFAULT));
    String name = ask("system:node:inflight", pem(key, "inflight"));
    TestSite.eventually("it has failed", () -> conditions(name).contains("Failed"));
    assertThat(site.living("system:node:inflight")).isEmpty();
  }

  private static List<String> asked(String user, String pem) throws Exception {
    String name = ask(user, pem);
    TestSite.eventually("it is decided", () -> !conditions(name).isEmpty());
    return conditions(name);
  }

  private static String ask(String user, String pem) {
    var json =
        Json.object()
            .put("apiVersion", "certificates.k8s.io/v1")
            .put("kind", "CertificateSigningRequest");
    json.putObject("metadata").put("generateName", "test-");
    var spec = json.putObject("spec").put("signerName", FleetKinds.SIGNER);
    spec.put("request", Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8)));
    spec.putArray("usages").add("client auth");
    return site.as(UserInfo.of(user, "system:nodes"))
        .create(FleetKinds.SIGNING_REQUESTS, ApiObject.of(json))
        .name();
  }

  private static List<String> conditions(String name) {
    return site.client
        .get(FleetKinds.SIGNING_REQUESTS, "", name)
        .json()
        .path("status")
        .path("conditions")
        .valueStream()
        .map(c -> c.path("type").asText())
        .toList();
  }
}
