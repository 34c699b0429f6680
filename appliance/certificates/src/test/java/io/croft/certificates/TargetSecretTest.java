package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.DeleteOptions;
import io.croft.model.ApiObject;
import io.croft.pki.x509.PrivateKeys;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written to the Secret of a certificate.
class TargetSecretTest {
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
  @Tag("CM-18")
  @Tag("CM-19")
  @Tag("CM-20")
  void writesTheSecretAsUpstreamDoes() throws Exception {
    cluster.issue(
        "described",
        "dnsNames: [a.example.com, b.example.com], subject: {organizations: [Garden]},"
            + " secretTemplate: {labels: {x: y}, annotations: {p: q}}, issuerRef: {name: ca}");
    ApiObject secret = cluster.secret("described-tls");
    assertThat(secret.json().path("type").asText()).isEqualTo("kubernetes.io/tls");
    assertThat(secret.annotations())
        .containsEntry(Marks.CERTIFICATE_NAME, "described")
        .containsEntry(Marks.ISSUER_NAME, "ca")
        .containsEntry(Marks.ISSUER_KIND, "")
        .containsEntry(Marks.ISSUER_GROUP, "")
        .containsEntry("cert-manager.io/common-name", "")
        .containsEntry("cert-manager.io/alt-names", "a.example.com,b.example.com")
        .containsEntry("cert-manager.io/ip-sans", "")
        .containsEntry("cert-manager.io/uri-sans", "")
        .containsEntry("cert-manager.io/subject-organizations", "Garden")
        .doesNotContainKey("cert-manager.io/email-sans")
        .containsEntry("p", "q");
    assertThat(secret.labels()).containsEntry(Marks.FAO, "true").containsEntry("x", "y");
    assertThat(secret.metadata().path("managedFields").toString())
        .contains("cert-manager-certificates-issuing");

    cluster.change(
        Resources.CERTIFICATES, "described", c -> c.withObject("/spec").remove("secretTemplate"));
    eventually(
        "what is no longer wanted goes",
        () -> !cluster.secret("described-tls").labels().containsKey("x"));
    assertThat(cluster.secret("described-tls").annotations()).doesNotContainKey("p");
  }

  @Test
  @Tag("CM-22")
  void writesFurtherFormats() throws Exception {
    cluster.issue(
        "formats",
        "dnsNames: [a.example.com], issuerRef: {name: ca},"
            + " additionalOutputFormats: [{type: DER}],"
            + " keystores: {jks: {create: true, alias: mine, password: changeit},"
            + " pkcs12: {create: true, profile: Modern2023,"
            + " passwordSecretRef: {name: later, key: pw}}}");
    ApiObject secret = cluster.secret("formats-tls");
    assertThat(SecretData.bytes(secret, "key.der"))
        .isEqualTo(PrivateKeys.der(SecretData.text(secret, "tls.key")));
    KeyStore jks = KeyStore.getInstance("JKS");
    jks.load(
        new ByteArrayInputStream(SecretData.bytes(secret, "keystore.jks")),
        "changeit".toCharArray());
    assertThat(jks.getCertificate("mine")).isEqualTo(cluster.leaf("formats-tls"));
    assertThat(jks.getKey("mine", "changeit".toCharArray())).isNotNull();
    KeyStore trust = KeyStore.getInstance("JKS");
    trust.load(
        new ByteArrayInputStream(SecretData.bytes(secret, "truststore.jks")),
        "changeit".toCharArray());
    assertThat(trust.getCertificate("ca")).isEqualTo(cluster.authority("formats-tls"));
    eventually(
        "the missing password is told",
        () -> cluster.hasEvent("formats", "KeystorePasswordSecretNotFound"));
    assertThat(secret.json().path("data").has("keystore.p12")).isFalse();

    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: later}, stringData: {pw: hush}}"));
    eventually(
        "the keystore comes with its password",
        () -> cluster.secret("formats-tls").json().path("data").has("keystore.p12"));
    cluster.change(
        Resources.CERTIFICATES, "formats", c -> c.withObject("/spec/keystores").remove("jks"));
    eventually(
        "the keystore stays, and the other goes",
        () -> {
          ApiObject now = cluster.secret("formats-tls");
          return now.json().path("data").has("keystore.p12")
              && !now.json().path("data").has("keystore.jks");
        });
    KeyStore p12 = KeyStore.getInstance("PKCS12");
    p12.load(
        new ByteArrayInputStream(SecretData.bytes(cluster.secret("formats-tls"), "keystore.p12")),
        "hush".toCharArray());
    assertThat(p12.getCertificate("certificate")).isEqualTo(cluster.leaf("formats-tls"));
    assertThat(TestCluster.revision(cluster.certificate("formats"))).isEqualTo(1);

    String kept = cluster.secret("formats-tls").json().at("/data/keystore.p12").asText();
    cluster.client.delete(Resources.SECRETS, "default", "later", DeleteOptions.DEFAULT);
    cluster.change(
        Resources.CERTIFICATES,
        "formats",
        c -> c.withObject("/spec/secretTemplate/labels").put("seen", "yes"));
    eventually(
        "it was written again",
        () -> "yes".equals(cluster.secret("formats-tls").labels().get("seen")));
    assertThat(cluster.secret("formats-tls").json().at("/data/keystore.p12").asText())
        .as("a password that is lost takes nothing with it")
        .isEqualTo(kept);
  }

  @Test
  @Tag("CM-17")
  void staysCalmWhenWhatItDoesNotOwnIsGarbled() throws Exception {
    cluster.issue(
        "garbled",
        "dnsNames: [a.example.com], issuerRef: {name: ca},"
            + " keystores: {jks: {create: true, password: changeit}}");
    cluster.change(
        Resources.SECRETS,
        "garbled-tls",
        s -> s.withObject("/data").put("ca.crt", SecretData.encode("garbage")));
    eventually("an event tells", () -> cluster.hasEvent("garbled", "SecretNotUpdated"));
    ApiObject certificate = cluster.certificate("garbled");
    assertThat(TestCluster.revision(certificate)).isEqualTo(1);
    assertThat(certificate.json().path("status").has("failedIssuanceAttempts")).isFalse();
  }

  @Test
  @Tag("CM-23")
  void givesAThrowAwayCertificateWhileItWaits() throws Exception {
    ApiObject certificate =
        certificate("hasty", "dnsNames: [a.example.com], issuerRef: {name: never}");
    certificate.setAnnotations(Map.of(Marks.TEMPORARY, "true"));
    cluster.create(Resources.CERTIFICATES, certificate);
    eventually(
        "there is something",
        () -> cluster.client.find(Resources.SECRETS, "default", "hasty-tls").isPresent());
    assertThat(cluster.leaf("hasty-tls").getIssuerX500Principal().getName())
        .isEqualTo("CN=cert-manager.local");
    assertThat(cluster.secret("hasty-tls").annotations()).doesNotContainKey(Marks.ISSUER_NAME);
    assertThat(Conditions.isTrue(cluster.certificate("hasty"), Conditions.READY)).isFalse();
  }
}
