package io.croft.certificates;

import static io.croft.certificates.TestCluster.SELF;
import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.OwnerReference;
import io.croft.pki.x509.SigningRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The life of certificates, with the whole certificate manager on an API server in process.
class IssuingTest {
  @TempDir static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(directory);
    cluster.createIssuers();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static ApiObject request(String name, int revision) {
    return cluster.get(Resources.REQUESTS, name + "-" + revision);
  }

  @Test
  @Tag("CM-1")
  @Tag("CM-10")
  @Tag("CM-13")
  @Tag("S26")
  void issuesAMissingSecretAndSaysSo() throws Exception {
    ApiObject certificate = cluster.issue("first", "dnsNames: [a.example.com], " + SELF);

    var ready = Conditions.find(certificate, Conditions.READY).orElseThrow();
    assertThat(ready.reason()).isEqualTo("Ready");
    assertThat(ready.message()).isEqualTo("Certificate is up to date and has not expired");
    assertThat(certificate.json().at("/status/conditions/0/observedGeneration").asLong())
        .isEqualTo(1);
    assertThat(certificate.json().path("status").path("renewalTime").asText()).isNotEmpty();
    eventually("events tell of it", () -> cluster.hasEvent("first", "Issuing"));
  }

  @ParameterizedTest
  @Tag("CM-1")
  @Tag("CM-17")
  @CsvSource({"tls.crt,InvalidCertificate", "tls.key,InvalidKeyPair", "both,MissingData"})
  void issuesAnewWhatWasTamperedWith(String what, String reason) throws Exception {
    String name = "tampered-" + reason.toLowerCase(Locale.ROOT);
    cluster.issue(name, "dnsNames: [a.example.com], " + SELF);
    cluster.change(
        Resources.SECRETS,
        name + "-tls",
        secret -> {
          ObjectNode data = (ObjectNode) secret.path("data");
          if (what.equals("both")) {
            data.put("tls.crt", "").put("tls.key", "");
          } else {
            data.put(what, SecretData.encode("garbage"));
          }
        });
    cluster.issued(name, 2);
    eventually("an event tells why", () -> cluster.hasEvent(name, "Issuing"));
  }

  @Test
  @Tag("CM-1")
  void issuesAnewForAnotherIssuerOrKey() throws Exception {
    cluster.issue("moved", "dnsNames: [a.example.com], " + SELF);
    cluster.change(
        Resources.CERTIFICATES, "moved", c -> c.withObject("/spec/issuerRef").put("name", "ca"));
    cluster.issued("moved", 2);
    assertThat(cluster.secret("moved-tls").annotations()).containsEntry(Marks.ISSUER_NAME, "ca");

    cluster.change(
        Resources.CERTIFICATES, "moved", c -> c.withObject("/spec/privateKey").put("size", 384));
    cluster.issued("moved", 3);
    assertThat(cluster.leaf("moved-tls").getPublicKey().toString()).contains("384");
  }

  @Test
  @Tag("CM-2")
  void issuesAnewForNamesButNotForWhatStandsBesides() throws Exception {
    cluster.issue("changed", "dnsNames: [a.example.com], " + SELF);
    X509Certificate before = cluster.leaf("changed-tls");
    cluster.change(
        Resources.CERTIFICATES,
        "changed",
        c -> {
          ObjectNode spec = c.withObject("/spec");
          spec.put("renewBefore", "24h").put("revisionHistoryLimit", 3);
          spec.withObject("/privateKey").put("encoding", "PKCS8");
          spec.withObject("/secretTemplate/labels").put("garden", "yes");
          spec.withArray("additionalOutputFormats").addObject().put("type", "CombinedPEM");
        });
    eventually(
        "the Secret follows",
        () -> "yes".equals(cluster.secret("changed-tls").labels().get("garden")));
    ApiObject secret = cluster.secret("changed-tls");
    assertThat(SecretData.text(secret, "tls-combined.pem"))
        .isEqualTo(SecretData.text(secret, "tls.key") + "\n" + SecretData.text(secret, "tls.crt"));
    assertThat(cluster.leaf("changed-tls")).isEqualTo(before);
    assertThat(TestCluster.revision(cluster.certificate("changed"))).isEqualTo(1);

    cluster.change(
        Resources.CERTIFICATES, "changed", c -> c.withArray("/spec/dnsNames").add("b.example.com"));
    cluster.issued("changed", 2);
    assertThat(cluster.leaf("changed-tls").getSubjectAlternativeNames()).hasSize(2);
  }

  @Test
  @Tag("CM-3")
  void doesNotIssueAnewWhenItsRequestIsDeleted() throws Exception {
    cluster.issue("forgotten", "dnsNames: [a.example.com], " + SELF);
    cluster.client.delete(Resources.REQUESTS, "default", "forgotten-1", DeleteOptions.DEFAULT);
    cluster.change(
        Resources.CERTIFICATES,
        "forgotten",
        c -> c.withObject("/spec/secretTemplate/labels").put("seen", "yes"));
    eventually(
        "it was looked at again",
        () -> "yes".equals(cluster.secret("forgotten-tls").labels().get("seen")));
    ApiObject certificate = cluster.certificate("forgotten");
    assertThat(TestCluster.revision(certificate)).isEqualTo(1);
    assertThat(Conditions.isTrue(certificate, Conditions.READY)).isTrue();
  }

  @Test
  @Tag("CM-4")
  @Tag("CM-9")
  void keepsTheNextKeyInASecretOfItsOwnWhileItWaits() throws Exception {
    cluster.create(
        Resources.CERTIFICATES,
        certificate("waiting", "dnsNames: [a.example.com], issuerRef: {name: late}"));
    eventually(
        "it waits for its issuer",
        () ->
            cluster.client.find(Resources.REQUESTS, "default", "waiting-1").isPresent()
                && Conditions.find(request("waiting", 1), Conditions.READY)
                    .filter(c -> c.reason().equals("Pending"))
                    .isPresent());
    eventually(
        "it says where the key is",
        () ->
            !cluster
                .certificate("waiting")
                .json()
                .at("/status/nextPrivateKeySecretName")
                .asText()
                .isEmpty());
    ApiObject certificate = cluster.certificate("waiting");
    String name = certificate.json().at("/status/nextPrivateKeySecretName").asText();
    ApiObject key = cluster.secret(name);
    assertThat(name).startsWith("waiting-");
    assertThat(key.labels())
        .containsEntry(Marks.NEXT_PRIVATE_KEY, "true")
        .containsEntry(Marks.FAO, "true");
    assertThat(key.ownerReferences().getFirst().uid()).isEqualTo(certificate.uid());
    assertThat(key.json().path("data").size()).isEqualTo(1);
    assertThat(SecretData.text(key, SecretData.KEY)).startsWith("-----BEGIN PRIVATE KEY");
    eventually("events tell", () -> cluster.hasEvent("waiting", "Generated"));
    eventually("events tell", () -> cluster.hasEvent("waiting-1", "IssuerNotFound"));

    cluster.create(Resources.ISSUERS, issuer("late", "selfSigned: {}"));
    cluster.issued("waiting", 1);
    eventually(
        "the key waits no more",
        () -> cluster.client.find(Resources.SECRETS, "default", name).isEmpty());
  }

  @Test
  @Tag("CM-4")
  void deletesTheKeysThatACrashLeftBehindAndNoOthers() throws Exception {
    String uid = cluster.issue("tidy", "dnsNames: [a.example.com], " + SELF).uid();
    cluster.create(Resources.SECRETS, waitingKey("tidy-left", uid));
    cluster.create(Resources.SECRETS, waitingKey("tidy-other", "another-uid"));
    cluster.renew("tidy");
    cluster.issued("tidy", 2);
    eventually(
        "it is gone",
        () -> cluster.client.find(Resources.SECRETS, "default", "tidy-left").isEmpty());
    assertThat(cluster.secret("tidy-other").uid()).isNotEmpty();
  }

  private static ApiObject waitingKey(String name, String owner) throws Exception {
    return TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: %s, labels: {%s: 'true'}}}"
                .formatted(name, Marks.NEXT_PRIVATE_KEY))
        .setOwnerReferences(
            List.of(
                new OwnerReference(
                    "cert-manager.io/v1", "Certificate", "tidy", owner, true, true)));
  }

  @Test
  @Tag("CM-5")
  void keepsItsKeyOnlyWhereTheUserWantsIt() throws Exception {
    cluster.issue("kept", "dnsNames: [a.example.com], " + SELF);
    cluster.change(
        Resources.CERTIFICATES,
        "kept",
        c -> c.withObject("/spec/privateKey").put("rotationPolicy", "Never"));
    var key = cluster.leaf("kept-tls").getPublicKey();
    cluster.renew("kept");
    cluster.issued("kept", 2);
    assertThat(cluster.leaf("kept-tls").getPublicKey()).isEqualTo(key);

    cluster.change(
        Resources.CERTIFICATES, "kept", c -> c.withObject("/spec/privateKey").put("size", 521));
    eventually("it waits for the user", () -> cluster.hasEvent("kept", "CannotRegenerateKey"));
    assertThat(cluster.leaf("kept-tls").getPublicKey()).isEqualTo(key);

    cluster.change(
        Resources.CERTIFICATES,
        "kept",
        c -> c.withObject("/spec/privateKey").put("rotationPolicy", "Always"));
    cluster.issued("kept", 3);
    assertThat(cluster.leaf("kept-tls").getPublicKey()).isNotEqualTo(key);
  }

  @Test
  @Tag("CM-6")
  @Tag("CM-7")
  @Tag("CM-8")
  void asksByARequestOfItsRevision() throws Exception {
    ApiObject certificate =
        certificate(
            "asking",
            "dnsNames: [a.example.com], commonName: a, uris: ['spiffe://a/b'],"
                + " emailAddresses: [a@example.com], usages: [server auth, client auth], "
                + SELF);
    certificate.setLabels(Map.of("garden", "yes"));
    certificate.setAnnotations(Map.of("note", "x", "argocd.argoproj.io/y", "z"));
    cluster.create(Resources.CERTIFICATES, certificate);
    ApiObject issued = cluster.issued("asking", 1);

    ApiObject request = request("asking", 1);
    assertThat(request.labels()).containsEntry("garden", "yes");
    assertThat(request.annotations())
        .containsEntry("note", "x")
        .doesNotContainKey("argocd.argoproj.io/y")
        .containsEntry(Marks.CERTIFICATE_NAME, "asking")
        .containsEntry(Marks.REVISION, "1")
        .containsKey(Marks.PRIVATE_KEY);
    assertThat(request.ownerReferences().getFirst().uid()).isEqualTo(issued.uid());
    assertThat(Conditions.find(request, Conditions.APPROVED).orElseThrow().reason())
        .isEqualTo("cert-manager.io");
    SigningRequest signing = RequestSpec.of(request).signingRequest();
    assertThat(signing.names().dnsNames()).containsExactly("a.example.com");
    assertThat(signing.asksToBeAuthority()).isFalse();
    assertThat(signing.usages()).hasSize(2);
    eventually("an event tells", () -> cluster.hasEvent("asking", "Requested"));
  }

  @Test
  @Tag("CM-12")
  void waitsAfterAFailureUnlessTheSpecChanges() throws Exception {
    cluster.create(
        Resources.CERTIFICATES,
        certificate("denied", "dnsNames: [a.example.com], issuerRef: {name: nobody}"));
    eventually(
        "it asks",
        () -> cluster.client.find(Resources.REQUESTS, "default", "denied-1").isPresent());
    eventually("approved", () -> Conditions.isTrue(request("denied", 1), Conditions.APPROVED));
    cluster.changeStatus(
        Resources.REQUESTS,
        "denied-1",
        r ->
            Conditions.set(
                r, Conditions.INVALID_REQUEST, true, "Test", "no", cluster.clock.instant(), false));
    cluster.awaitReason("denied", Conditions.ISSUING, "InvalidRequest");
    ApiObject failed = cluster.certificate("denied");
    assertThat(failed.json().at("/status/failedIssuanceAttempts").asInt()).isEqualTo(1);
    assertThat(failed.json().at("/status/lastFailureTime").asText()).isNotEmpty();

    cluster.change(
        Resources.CERTIFICATES, "denied", c -> c.withObject("/spec/issuerRef").put("name", "self"));
    ApiObject issued = cluster.issued("denied", 1);
    assertThat(issued.json().path("status").has("failedIssuanceAttempts")).isFalse();
    assertThat(issued.json().path("status").has("lastFailureTime")).isFalse();
  }

  @Test
  @Tag("CM-8")
  @Tag("CM-11")
  void leavesRequestsOfOtherGroupsToOthersAndRefusesAWrongAnswer() throws Exception {
    cluster.define("foos", "Foo", "example.com", "Namespaced");
    cluster.create(
        Resources.CERTIFICATES,
        certificate(
            "foreign",
            "dnsNames: [a.example.com], issuerRef: {name: x, kind: Foo, group: example.com}"));
    eventually("it waits", () -> cluster.hasEvent("foreign-1", "WaitingForApproval"));
    cluster.decide("foreign-1", Conditions.APPROVED);
    String wrong = SecretData.text(cluster.secret("root-tls"), SecretData.CERTIFICATE);
    cluster.changeStatus(
        Resources.REQUESTS,
        "foreign-1",
        r -> {
          Conditions.status(r).put("certificate", SecretData.encode(wrong));
          Conditions.set(r, Conditions.READY, true, "Issued", "", cluster.clock.instant(), false);
        });
    cluster.awaitReason("foreign", Conditions.ISSUING, "InvalidCertificate");
    assertThat(cluster.client.find(Resources.SECRETS, "default", "foreign-tls")).isEmpty();
  }

  @Test
  @Tag("CM-14")
  void forgetsOldRequests() throws Exception {
    cluster.issue("history", "dnsNames: [a.example.com], revisionHistoryLimit: 2, " + SELF);
    for (int revision = 2; revision <= 4; revision++) {
      cluster.renew("history");
      cluster.issued("history", revision);
    }
    eventually(
        "two are left",
        () ->
            cluster.client.listAll(Resources.REQUESTS, "default", ListOptions.ALL).items().stream()
                .filter(r -> r.name().startsWith("history-"))
                .map(ApiObject::name)
                .toList()
                .equals(List.of("history-3", "history-4")));
  }

  @Test
  @Tag("CM-15")
  void letsOneOfTwoCertificatesHaveASecret() throws Exception {
    cluster.issue("one", "dnsNames: [a.example.com], " + SELF);
    ApiObject rival = certificate("other", "dnsNames: [b.example.com], " + SELF);
    rival.json().withObject("/spec").put("secretName", "one-tls");
    cluster.create(Resources.CERTIFICATES, rival);
    cluster.awaitReason("other", Conditions.READY, "IncorrectCertificate");
    assertThat(Conditions.find(cluster.certificate("other"), Conditions.ISSUING)).isEmpty();
    assertThat(TestCluster.revision(cluster.certificate("one"))).isEqualTo(1);
  }

  @Test
  @Tag("CM-17")
  @Tag("CM-21")
  void bringsADeletedSecretBackAndLeavesItWhenItGoesItself() throws Exception {
    cluster.issue("lost", "dnsNames: [a.example.com], " + SELF);
    assertThat(cluster.secret("lost-tls").ownerReferences()).isEmpty();
    cluster.client.delete(Resources.SECRETS, "default", "lost-tls", DeleteOptions.DEFAULT);
    cluster.issued("lost", 2);
    cluster.change(
        Resources.SECRETS,
        "lost-tls",
        s -> s.withObject("/data").put("mine", SecretData.encode("x")));
    cluster.renew("lost");
    cluster.issued("lost", 3);
    assertThat(SecretData.text(cluster.secret("lost-tls"), "mine")).isEqualTo("x");
    cluster.client.delete(Resources.CERTIFICATES, "default", "lost", DeleteOptions.DEFAULT);
    assertThat(cluster.secret("lost-tls").name()).isEqualTo("lost-tls");
  }

  @Test
  void tellsPrometheusByUpstreamsNames() throws Exception {
    ApiObject issued = cluster.issue("measured", "dnsNames: [a.example.com], " + SELF);
    cluster.create(
        Resources.CERTIFICATES, certificate("waits", "commonName: b, issuerRef: {name: nobody}"));
    cluster.awaitReason("waits", Conditions.READY, "DoesNotExist");
    eventually(
        "both are told of",
        () ->
            metrics().contains("certificate_ready_status{condition=\"False\",issuer_group=\"\",")
                && metrics().contains("name=\"measured\""));
    String measured = "{issuer_group=\"\",issuer_kind=\"\",issuer_name=\"self\",name=\"measured\",";
    long end = Conditions.time(issued.json().at("/status/notAfter")).orElseThrow().getEpochSecond();
    eventually(
        "times are right",
        () ->
            metrics()
                .lines()
                .filter(l -> l.startsWith("certmanager_certificate_expiration_timestamp_seconds"))
                .filter(l -> l.contains(measured))
                .anyMatch(l -> Double.parseDouble(l.substring(l.lastIndexOf(' '))) == end));
    assertThat(metrics())
        .contains(
            "certmanager_certificate_renewal_timestamp_seconds" + measured,
            "certmanager_certificate_not_before_timestamp_seconds" + measured,
            "certmanager_certificate_not_after_timestamp_seconds" + measured,
            "certmanager_issuer_ready_status{condition=\"True\",name=\"self\",namespace=\"default\"}"
                + " 1.0",
            "certmanager_issuer_ready_status{condition=\"False\",name=\"self\",namespace=\"default\"}"
                + " 0.0",
            "certmanager_clock_time_seconds_gauge ")
        .containsPattern(
            "certmanager_controller_sync_call_count\\{controller=\"certificates\"} [1-9]")
        .containsPattern("certmanager_controller_sync_error_count\\{controller=\"orders\"} 0");
  }

  private static String metrics() {
    return new String(cluster.metrics.text(), StandardCharsets.UTF_8);
  }

  @Test
  @Tag("CM-16")
  @Tag("S30")
  @Tag("P10")
  void renewsInTime() throws Exception {
    cluster.issue("short", "dnsNames: [a.example.com], duration: 3h, " + SELF);
    ApiObject issued = cluster.certificate("short");
    var begin = Conditions.time(issued.json().at("/status/notBefore")).orElseThrow();
    var renewal = Conditions.time(issued.json().at("/status/renewalTime")).orElseThrow();
    assertThat(Duration.between(begin, renewal)).isEqualTo(Duration.ofHours(2));
    cluster.clock.advance(Duration.ofHours(2));
    cluster.change(
        Resources.CERTIFICATES, "short", c -> c.withObject("/metadata/annotations").put("x", "y"));
    cluster.issued("short", 2);
    eventually("an event tells why", () -> cluster.hasEvent("short", "Issuing"));
  }
}
