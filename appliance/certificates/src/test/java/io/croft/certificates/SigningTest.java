package io.croft.certificates;

import static io.croft.certificates.TestCluster.SELF;
import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.Pem;
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

/// What self-signed issuers and authorities sign, and what happens when an authority is replaced.
class SigningTest {
  /// Of a key that is forgotten: without a subject, and with names that are not critical, as Go
  /// writes them.
  private static final String NAMES_ONLY =
      "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIOU1JR2xBZ0VBTUFBd1dUQVRCZ2Nx"
          + "aGtqT1BRSUJCZ2dxaGtqT1BRTUJCd05DQUFRb3BscjMyczVPSnlycgpCNW9nSUFMVUd5RDhjQ1F3VEs4"
          + "UHBaME9oOHQ4aWtjTVUzaHZMSXloV21sNUdNTGR1VmdiTTh0L1JBcU1WQWR3CnVzTlZkMHhPb0VNd1FR"
          + "WUpLb1pJaHZjTkFRa09NVFF3TWpBd0JnTlZIUkVFS1RBbmhoWnpjR2xtWm1VNkx5OWgKTG1WNFlXMXdi"
          + "R1V1WTI5dGdnMWhMbVY0WVcxd2JHVXVZMjl0TUFvR0NDcUdTTTQ5QkFNQ0EwY0FNRVFDSUJaRApGYjNS"
          + "V2hlem9OSTlhR0N4ZGoza1E4VzZZMzZTanNsS3dwMU1SSDZHQWlCYTE4R2hLSDE3Z2N4WERBVi9RN2J1"
          + "Cm1vdFQrOEpCMXBsQndXemZpeWRDbkE9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";

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

  @Test
  @Tag("CM-24")
  void signsItself() throws Exception {
    cluster.issue("own", "commonName: own, isCA: true, " + SELF);
    ApiObject secret = cluster.secret("own-tls");
    assertThat(SecretData.text(secret, SecretData.CA))
        .isEqualTo(SecretData.text(secret, SecretData.CERTIFICATE));
    X509Certificate leaf = cluster.leaf("own-tls");
    leaf.verify(leaf.getPublicKey());
    assertThat(leaf.getBasicConstraints()).isGreaterThanOrEqualTo(0);
    assertThat(leaf.getKeyUsage()[5]).as("cert sign").isTrue();
    assertThat(
            Conditions.find(cluster.get(Resources.ISSUERS, "self"), Conditions.READY)
                .orElseThrow()
                .reason())
        .isEqualTo("IsReady");

    cluster.issue("nameless", "dnsNames: [a.example.com], " + SELF);
    eventually("an empty subject is told", () -> cluster.hasEvent("nameless-1", "BadConfig"));
  }

  @Test
  @Tag("CM-25")
  @Tag("S27")
  void signsWithAnAuthorityInAChain() throws Exception {
    cluster.issue("middle", "isCA: true, commonName: middle, issuerRef: {name: ca}");
    cluster.create(Resources.ISSUERS, issuer("middle", "ca: {secretName: middle-tls}"));
    cluster.issue("leaf", "dnsNames: [a.example.com], issuerRef: {name: middle}");

    List<X509Certificate> chain =
        Pem.certificates(SecretData.text(cluster.secret("leaf-tls"), SecretData.CERTIFICATE));
    assertThat(chain).hasSize(2);
    X509Certificate root = cluster.authority("leaf-tls");
    assertThat(root).isEqualTo(cluster.leaf("root-tls"));
    chain.get(0).verify(chain.get(1).getPublicKey());
    chain.get(1).verify(root.getPublicKey());
    assertThat(chain.getFirst().getBasicConstraints()).isEqualTo(-1);
    assertThat(chain.getFirst().getCriticalExtensionOIDs()).contains("2.5.29.19");
    assertThat(
            Conditions.find(cluster.get(Resources.ISSUERS, "middle"), Conditions.READY)
                .orElseThrow()
                .reason())
        .isEqualTo("KeyPairVerified");
  }

  @Test
  @Tag("CM-25")
  void neverTouchesTheSecretOfAnAuthorityThatCannotBeRead() throws Exception {
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: broken},"
                + " stringData: {tls.key: garbage, tls.crt: garbage}}"));
    ApiObject before = cluster.secret("broken");
    cluster.create(Resources.ISSUERS, issuer("broken", "ca: {secretName: broken}"));
    cluster.issue("noca", "commonName: noca, " + SELF);
    cluster.create(Resources.ISSUERS, issuer("noca", "ca: {secretName: noca-tls}"));
    eventually("it says why", () -> reason("broken").equals("ErrGetKeyPair"));
    eventually("it says why", () -> reason("noca").equals("ErrInvalidKeyPair"));
    assertThat(cluster.secret("broken").resourceVersion()).isEqualTo(before.resourceVersion());
  }

  private static String reason(String issuer) {
    return Conditions.find(cluster.get(Resources.ISSUERS, issuer), Conditions.READY)
        .map(Conditions.Condition::reason)
        .orElse("");
  }

  @Test
  @Tag("CM-26")
  void doesNotIssueLeavesAnewWhenTheirAuthorityChanges() throws Exception {
    cluster.issue("parent", "isCA: true, commonName: parent, " + SELF);
    cluster.create(Resources.ISSUERS, issuer("parent", "ca: {secretName: parent-tls}"));
    cluster.issue("child", "dnsNames: [a.example.com], issuerRef: {name: parent}");
    cluster.renew("parent");
    cluster.issued("parent", 2);
    cluster.change(
        Resources.CERTIFICATES,
        "child",
        c -> c.withObject("/spec/secretTemplate/labels").put("seen", "yes"));
    eventually(
        "it was looked at again",
        () -> "yes".equals(cluster.secret("child-tls").labels().get("seen")));
    assertThat(TestCluster.revision(cluster.certificate("child"))).isEqualTo(1);
  }

  @ParameterizedTest
  @Tag("CM-26")
  @CsvSource({"Always,certificate", "Never,certificate", "Always,issuer"})
  void issuesLeavesAnewWhereTheirOwnersWantToFollowTheAuthority(String rotation, String marked)
      throws Exception {
    String name = (rotation + "-" + marked).toLowerCase(Locale.ROOT);
    var authority = certificate("parent-" + name, "isCA: true, commonName: parent, " + SELF);
    authority.json().withObject("/spec/privateKey").put("rotationPolicy", rotation);
    cluster.create(Resources.CERTIFICATES, authority);
    cluster.issued("parent-" + name, 1);
    ApiObject issuer = issuer("parent-" + name, "ca: {secretName: parent-%s-tls}".formatted(name));
    ApiObject child =
        certificate(
            "child-" + name,
            "dnsNames: [a.example.com], issuerRef: {name: parent-%s}".formatted(name));
    (marked.equals("issuer") ? issuer : child).setAnnotations(Map.of(Marks.REISSUE, "true"));
    cluster.create(Resources.ISSUERS, issuer);
    cluster.create(Resources.CERTIFICATES, child);
    cluster.issued("child-" + name, 1);

    cluster.clock.advance(Duration.ofMinutes(2));
    cluster.renew("parent-" + name);
    cluster.issued("parent-" + name, 2);
    cluster.issued("child-" + name, 2);
    assertThat(cluster.authority("child-" + name + "-tls"))
        .isEqualTo(cluster.leaf("parent-" + name + "-tls"));
    cluster
        .leaf("child-" + name + "-tls")
        .verify(cluster.authority("child-" + name + "-tls").getPublicKey());
    eventually(
        "an event tells why",
        () ->
            cluster.events("child-" + name).stream()
                .anyMatch(e -> e.contains("authority of the issuer") && e.contains("CN=parent")));
  }

  @Test
  @Tag("CM-26")
  void doesNotFollowAnAuthorityThatCannotBeUsedOrItself() throws Exception {
    cluster.issue("loop", "isCA: true, commonName: loop, " + SELF);
    cluster.create(Resources.ISSUERS, issuer("loop", "ca: {secretName: loop-tls}"));
    cluster.change(
        Resources.CERTIFICATES,
        "loop",
        c -> {
          c.withObject("/metadata/annotations").put(Marks.REISSUE, "true");
          c.withObject("/spec").set("issuerRef", Json.object().put("name", "loop"));
        });
    cluster.issued("loop", 2);
    ApiObject child = certificate("looped", "dnsNames: [a.b], issuerRef: {name: loop}");
    child.setAnnotations(Map.of(Marks.REISSUE, "true"));
    cluster.create(Resources.CERTIFICATES, child);
    cluster.issued("looped", 1);

    cluster.clock.advance(Duration.ofMinutes(2));
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: no-authority}, stringData: {tls.key:"
                + " x}}"));
    cluster.change(
        Resources.ISSUERS, "loop", i -> i.withObject("/spec/ca").put("secretName", "no-authority"));
    for (String name : List.of("loop", "looped")) {
      cluster.change(
          Resources.CERTIFICATES,
          name,
          c -> c.withObject("/spec/secretTemplate/labels").put("seen", "yes"));
      eventually(
          "it was looked at again",
          () -> "yes".equals(cluster.secret(name + "-tls").labels().get("seen")));
    }
    assertThat(TestCluster.revision(cluster.certificate("loop"))).isEqualTo(2);
    assertThat(TestCluster.revision(cluster.certificate("looped"))).isEqualTo(1);
  }

  @Test
  @Tag("CM-25")
  void signsARequestThatHasAlternativeNamesOnly() throws Exception {
    cluster.create(
        Resources.REQUESTS,
        TestCluster.object(
            """
            apiVersion: cert-manager.io/v1
            kind: CertificateRequest
            metadata: {name: names-only}
            spec: {request: %s, issuerRef: {name: ca}}
            """
                .formatted(NAMES_ONLY)));
    eventually(
        "it is issued",
        () -> Conditions.isTrue(cluster.get(Resources.REQUESTS, "names-only"), Conditions.READY));
    String pem =
        SecretData.decode(
            cluster
                .get(Resources.REQUESTS, "names-only")
                .json()
                .at("/status/certificate")
                .asText());
    assertThat(Pem.certificates(pem).getFirst().getCriticalExtensionOIDs())
        .as("the alternative names are all that it has")
        .contains("2.5.29.17");
  }
}
