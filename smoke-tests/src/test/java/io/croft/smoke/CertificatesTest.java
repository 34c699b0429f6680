package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// cert-manager's API as its users know it: manifests and kubectl, and OpenSSL as the judge.
class CertificatesTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private static final String MANIFEST =
      """
      apiVersion: cert-manager.io/v1
      kind: ClusterIssuer
      metadata: {name: selfsigned}
      spec: {selfSigned: {}}
      ---
      apiVersion: cert-manager.io/v1
      kind: Certificate
      metadata: {name: root, namespace: cert-manager}
      spec:
        isCA: true
        commonName: root
        secretName: root-secret
        privateKey: {algorithm: ECDSA, size: 256}
        issuerRef: {name: selfsigned, kind: ClusterIssuer, group: cert-manager.io}
      ---
      apiVersion: cert-manager.io/v1
      kind: ClusterIssuer
      metadata: {name: authority}
      spec: {ca: {secretName: root-secret}}
      ---
      apiVersion: cert-manager.io/v1
      kind: Certificate
      metadata: {name: web, namespace: default}
      spec:
        secretName: web-tls
        dnsNames: [web.example.com]
        issuerRef: {name: authority, kind: ClusterIssuer}
      """;

  @TempDir private Path files;

  private final Kubectl kubectl = new Kubectl(APPLIANCE);

  @Test
  @Tag("S26")
  @Tag("S27")
  @Tag("S30")
  void issuesAChainRenewsItAndKeepsItOverARestart() throws Exception {
    String openssl = Distribution.peer("openssl");
    kubectl.apply(MANIFEST);
    kubectl.text("wait", "certificate/web", "--for=condition=Ready", "--timeout=60s");
    String first = verified(openssl);

    kubectl.text(
        "patch",
        "certificate",
        "web",
        "--subresource=status",
        "--type=json",
        "-p",
        """
        [{"op":"add","path":"/status/conditions/-","value":{"type":"Issuing","status":"True",
        "reason":"ManuallyTriggered","message":"renew"}}]\
        """);
    kubectl.text("wait", "certificate/web", "--for=jsonpath={.status.revision}=2", "--timeout=60s");
    String second = verified(openssl);
    assertThat(second).isNotEqualTo(first);

    assertThat(APPLIANCE.croft("cert", "list", "--expiring", "120d").run().succeeded().text())
        .contains("web")
        .contains("root");
    assertThat(APPLIANCE.croft("cert", "list", "--expiring", "1d").run().succeeded().text())
        .doesNotContain("web");

    APPLIANCE.terminate();
    APPLIANCE.start();
    assertThat(kubectl.text("get", "certificate", "web", "-o", "jsonpath={.status.revision}"))
        .isEqualTo("2");
    assertThat(verified(openssl)).isEqualTo(second);

    kubectl.text("delete", "secret", "web-tls");
    kubectl.text("wait", "certificate/web", "--for=jsonpath={.status.revision}=3", "--timeout=60s");
    verified(openssl);
    kubectl.text("delete", "certificate", "web");
    assertThat(kubectl.text("get", "secret", "web-tls", "-o", "name")).isEqualTo("secret/web-tls");
  }

  @Test
  @Tag("CM-22")
  void writesKeystoresThatJavaOpens() throws Exception {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: keystores}
        stringData: {password: changeit}
        ---
        apiVersion: cert-manager.io/v1
        kind: ClusterIssuer
        metadata: {name: itself}
        spec: {selfSigned: {}}
        """);
    for (String profile : List.of("LegacyRC2", "LegacyDES", "Modern2023")) {
      String name = "keystores-" + profile.toLowerCase(Locale.ROOT);
      kubectl.apply(
          """
          apiVersion: cert-manager.io/v1
          kind: Certificate
          metadata: {name: %1$s}
          spec:
            secretName: %1$s
            commonName: keystores
            issuerRef: {name: itself, kind: ClusterIssuer}
            keystores:
              jks: {create: true, passwordSecretRef: {name: keystores, key: password}}
              pkcs12: {create: true, profile: %2$s, passwordSecretRef: {name: keystores, key: password}}
          """
              .formatted(name, profile));
      kubectl.text("wait", "certificate/" + name, "--for=condition=Ready", "--timeout=60s");
      for (String type : List.of("jks", "p12")) {
        KeyStore keys = opened(name, "keystore." + type, type);
        assertThat(keys.isKeyEntry("certificate")).as(profile).isTrue();
        assertThat(keys.getKey("certificate", "changeit".toCharArray())).as(profile).isNotNull();
        KeyStore trusted = opened(name, "truststore." + type, type);
        assertThat(trusted.isCertificateEntry("ca")).as(profile).isTrue();
      }
    }
  }

  private KeyStore opened(String secret, String file, String type) throws Exception {
    String encoded =
        kubectl.text(
            "get",
            "secret",
            secret,
            "-o",
            "jsonpath={.data.%s}".formatted(file.replace(".", "\\.")));
    KeyStore store = KeyStore.getInstance(type.equals("jks") ? "JKS" : "PKCS12");
    store.load(
        new ByteArrayInputStream(Base64.getDecoder().decode(encoded)), "changeit".toCharArray());
    return store;
  }

  @Test
  void saysWhatWouldBeIssued() throws Exception {
    Path manifest =
        Files.writeString(
            files.resolve("plan.yaml"),
            """
            apiVersion: cert-manager.io/v1
            kind: ClusterIssuer
            metadata: {name: planned}
            spec: {selfSigned: {}}
            ---
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: planned}
            spec:
              secretName: planned-tls
              duration: 48h
              commonName: planned
              issuerRef: {name: planned, kind: ClusterIssuer}
            """);
    Command plan = APPLIANCE.croft("cert", "plan", "-f", manifest.toString());
    Command.Output before = plan.run();
    assertThat(before.exit()).isEqualTo(1);
    assertThat(before.text())
        .contains(
            "planned", "fail", "the issuer ClusterIssuer.cert-manager.io/planned does not exist");
    assertThat(kubectl.text("get", "certificates", "-o", "name")).doesNotContain("planned");

    kubectl.apply(Files.readString(manifest));
    kubectl.text("wait", "certificate/planned", "--for=condition=Ready", "--timeout=60s");
    assertThat(plan.run().succeeded().text()).contains("keep");
    Files.writeString(manifest, Files.readString(manifest).replace("48h", "72h"));
    assertThat(plan.run().succeeded().text())
        .contains("issue", "changed since it was issued: spec.duration");
  }

  @Test
  @Tag("CM-37")
  void refusesARequestThatCannotBeReadInTheNameOfUpstreamsWebhook() {
    Command.Output refused =
        kubectl
            .command("create", "--dry-run=server", "-f", "-")
            .reading(
                """
                apiVersion: cert-manager.io/v1
                kind: CertificateRequest
                metadata: {name: bad, namespace: default}
                spec: {request: aW52YWxpZC1jc3I=, issuerRef: {name: authority}}
                """)
            .run();
    assertThat(refused.err())
        .contains("admission webhook \"webhook.cert-manager.io\" denied the request:");
  }

  /// The certificate, once OpenSSL has verified it.
  private String verified(String openssl) throws IOException {
    String certificate = secret("tls\\.crt");
    Path leaf = Files.writeString(files.resolve("leaf.crt"), certificate);
    Path root = Files.writeString(files.resolve("root.crt"), secret("ca\\.crt"));
    var line =
        List.of(openssl, "verify", "-x509_strict", "-CAfile", root.toString(), leaf.toString());
    assertThat(new Command(line, Map.of(), "").run().succeeded().text()).endsWith("OK");
    return certificate;
  }

  private String secret(String key) {
    String base64 = kubectl.text("get", "secret", "web-tls", "-o", "jsonpath={.data." + key + "}");
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
