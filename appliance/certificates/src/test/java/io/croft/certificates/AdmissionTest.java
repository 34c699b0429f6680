package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.pki.KeyPairs;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Usage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is refused, and what the certificate manager makes of other objects.
class AdmissionTest {
  private static final String DENIED =
      "admission webhook \"webhook.cert-manager.io\" denied the request: ";

  @TempDir static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(directory);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @Tag("CM-37")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          issuerRef: {name: a}                                                              | spec: Invalid value
          dnsNames: [a], issuerRef: {name: ''}                                              | spec.issuerRef.name: Required value
          dnsNames: [a], issuerRef: {name: a, kind: Foo}                                    | spec.issuerRef.kind: Invalid value: "Foo"
          dnsNames: [a], issuerRef: {name: a}, duration: 59m                                | spec.duration
          dnsNames: [a], issuerRef: {name: a}, duration: x                                  | spec.duration: Invalid value: "x"
          dnsNames: [a], issuerRef: {name: a}, renewBefore: 4m                              | spec.renewBefore
          dnsNames: [a], issuerRef: {name: a}, renewBefore: 2160h                           | spec.renewBefore
          dnsNames: [a], issuerRef: {name: a}, renewBefore: 1h, renewBeforePercentage: 5    | mutually exclusive
          dnsNames: [a], issuerRef: {name: a}, renewBeforePercentage: 100                   | spec.renewBeforePercentage
          ipAddresses: [a], issuerRef: {name: a}                                            | spec.ipAddresses[0]
          emailAddresses: ['A <a@b>'], issuerRef: {name: a}                                 | spec.emailAddresses[0]
          commonName: a, literalSubject: 'CN=b', issuerRef: {name: a}                       | spec.commonName
          literalSubject: 'CN', issuerRef: {name: a}                                        | spec.literalSubject
          dnsNames: [a], issuerRef: {name: a}, signatureAlgorithm: SHA256WithRSA            | spec.signatureAlgorithm
          dnsNames: [a], issuerRef: {name: a}, revisionHistoryLimit: 0                      | spec.revisionHistoryLimit
          dnsNames: [a], issuerRef: {name: a}, secretTemplate: {annotations: {cert-manager.io/x: y}} | spec.secretTemplate.annotations
          dnsNames: [a], issuerRef: {name: a}, additionalOutputFormats: [{type: DER}, {type: DER}]   | spec.additionalOutputFormats[1].type: Duplicate value
          dnsNames: [a], issuerRef: {name: a}, keystores: {jks: {create: true}}             | spec.keystores.jks
          dnsNames: [a], issuerRef: {name: a}, nameConstraints: {permitted: {dnsDomains: [a]}} | spec.nameConstraints
          dnsNames: [a], issuerRef: {name: a}, otherNames: [{oid: x, utf8Value: y}]         | spec.otherNames[0].oid
          dnsNames: [a], issuerRef: {name: a}, renewal: {policy: RenewBefore, windows: [{cron: '0 25 * * *', windowDuration: 1h}]} | spec.renewal.windows[0].cron
          dnsNames: [a], issuerRef: {name: a}, renewal: {policy: RenewBefore, windows: [{cron: '@daily', windowDuration: 1h, timezone: Mars}]} | spec.renewal.windows[0].timezone
          dnsNames: [a], issuerRef: {name: a}, renewal: {policy: RenewBefore, windows: [{cron: '@daily', windowDuration: 0s}]} | spec.renewal.windows[0].windowDuration
          """)
  void refusesACertificate(String spec, String message) {
    assertThatThrownBy(() -> cluster.create(Resources.CERTIFICATES, certificate("refused", spec)))
        .hasMessageStartingWith(DENIED)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @Tag("CM-37")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          selfSigned: {}, ca: {secretName: a}                                    | more than one issuer
          ca: {secretName: ''}                                                   | spec.ca.secretName: Required value
          vault: {server: x, path: y, auth: {}}                                  | spec.vault.auth: Required value
          vault: {server: x, path: y, auth: {tokenSecretRef: {name: a}, appRole: {path: a, roleId: b, secretRef: {name: c, key: d}}}} | spec.vault.auth.appRole: Forbidden
          acme: {server: x, privateKeySecretRef: {name: a}, solvers: [{}]}       | spec.acme.solvers[0]: Required value
          acme: {server: x, privateKeySecretRef: {name: a}, caBundle: YQ==, skipTLSVerify: true} | mutually exclusive
          """)
  void refusesAnIssuer(String spec, String message) {
    assertThatThrownBy(() -> cluster.create(Resources.ISSUERS, TestCluster.issuer("refused", spec)))
        .hasMessageStartingWith(DENIED)
        .hasMessageContaining(message);
  }

  private static ApiObject request(String name, String issuer, Set<Usage> usages) throws Exception {
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of(name))),
            AlternativeNames.NONE,
            usages,
            null,
            "");
    String pem = SigningRequest.create(KeyPairs.generate(), wish).pem();
    return TestCluster.object(
        """
        apiVersion: cert-manager.io/v1
        kind: CertificateRequest
        metadata: {name: %s, annotations: {cert-manager.io/x: y}}
        spec: {request: %s, usages: [server auth], username: root, issuerRef: {name: %s}}
        """
            .formatted(name, SecretData.encode(pem), issuer));
  }

  @Test
  @Tag("CM-37")
  void writesDownWhoAsksAndLetsNobodyChangeWhatWasAsked() throws Exception {
    ApiObject created =
        cluster
            .as(TestCluster.ALICE)
            .create(Resources.REQUESTS, request("asked", "x", Set.of(Usage.SERVER_AUTH)));
    assertThat(created.json().at("/spec/username").asText()).isEqualTo("alice");
    assertThat(created.json().at("/spec/groups/0").asText()).isEqualTo("gardeners");
    assertThatThrownBy(() ->
            cluster.change(
                Resources.REQUESTS, "asked", r -> r.withObject("/spec").put("isCA", true)))
        .hasMessageContaining("cannot change spec");
    assertThatThrownBy(() ->
            cluster.change(
                Resources.REQUESTS,
                "asked",
                r -> r.withObject("/metadata/annotations").put("cert-manager.io/x", "z")))
        .hasMessageContaining("cannot change cert-manager annotations");
    assertThatThrownBy(() ->
            cluster.create(Resources.REQUESTS, request("mixed", "x", Set.of(Usage.CODE_SIGNING))))
        .hasMessageContaining("spec.usages");
  }

  @Test
  @Tag("CM-8")
  void letsOnlyApproversDecideAndNobodyTwice() throws Exception {
    cluster.create(Resources.REQUESTS, request("decided", "x", Set.of(Usage.SERVER_AUTH)));
    TestCluster.eventually(
        "it is approved",
        () -> Conditions.isTrue(cluster.get(Resources.REQUESTS, "decided"), Conditions.APPROVED));
    assertThatThrownBy(() -> decide("decided", Conditions.DENIED))
        .hasMessageContaining("cannot coexist");
    assertThatThrownBy(() ->
            cluster.changeStatus(
                Resources.REQUESTS, "decided", r -> Conditions.remove(r, Conditions.APPROVED)))
        .hasMessageContaining("may not be modified once set");

    ApiObject mine = cluster.get(Resources.REQUESTS, "decided").copy();
    Conditions.set(mine, Conditions.DENIED, true, "x", "x", cluster.clock.instant(), false);
    assertThatThrownBy(() -> cluster.as(TestCluster.ALICE).updateStatus(Resources.REQUESTS, mine))
        .hasMessageContaining("does not have permissions");
  }

  private static void decide(String name, String type) {
    cluster.changeStatus(
        Resources.REQUESTS,
        name,
        r -> Conditions.set(r, type, true, "x", "x", cluster.clock.instant(), false));
  }

  private static ApiObject ingress(String annotations, String tls) throws Exception {
    return TestCluster.object(
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: shop, labels: {a: b, applyset.kubernetes.io/part-of: c}, annotations: {%s}}
        spec: {tls: [%s], defaultBackend: {service: {name: shop, port: {number: 80}}}}
        """
            .formatted(annotations, tls));
  }

  @Test
  @Tag("CM-33")
  @Tag("CM-34")
  @Tag("S29")
  void makesTheCertificatesOfAnIngress() throws Exception {
    cluster.create(
        Resources.INGRESSES,
        ingress(
            "cert-manager.io/issuer: me, cert-manager.io/duration: 48h,"
                + " cert-manager.io/private-key-algorithm: ECDSA,"
                + " cert-manager.io/private-key-size: '384',"
                + " cert-manager.io/subject-organizations: 'A,B',"
                + " cert-manager.io/usages: 'server auth',"
                + " cert-manager.io/secret-template: '{\"labels\":{\"l\":\"m\"}}'",
            "{hosts: [a.example.com], secretName: one}, {hosts: [b.example.com],"
                + " secretName: two}"));
    TestCluster.eventually(
        "both are made",
        () ->
            cluster.client.find(Resources.CERTIFICATES, "default", "one").isPresent()
                && cluster.client.find(Resources.CERTIFICATES, "default", "two").isPresent());
    ApiObject one = cluster.certificate("one");
    assertThat(one.json().path("spec"))
        .isEqualTo(
            TestCluster.json(
                """
                dnsNames: [a.example.com]
                issuerRef: {name: me, kind: Issuer, group: cert-manager.io}
                secretName: one
                usages: [server auth]
                duration: 48h0m0s
                privateKey: {algorithm: ECDSA, size: 384}
                subject: {organizations: [A, B]}
                secretTemplate: {labels: {l: m}}
                """));
    assertThat(one.labels()).isEqualTo(Map.of("a", "b"));
    assertThat(one.ownerReferences().getFirst().kind()).isEqualTo("Ingress");

    cluster.change(
        Resources.INGRESSES,
        "shop",
        i -> {
          i.withArray("/spec/tls").remove(1);
          i.withObject("/metadata/annotations").put("cert-manager.io/common-name", "c");
        });
    TestCluster.eventually(
        "they follow",
        () ->
            cluster.client.find(Resources.CERTIFICATES, "default", "two").isEmpty()
                && cluster.certificate("one").json().at("/spec/commonName").asText().equals("c"));
    TestCluster.eventually("events", () -> cluster.hasEvent("shop", "DeleteCertificate"));
    cluster.change(
        Resources.INGRESSES,
        "shop",
        i -> i.withArray("/spec/tls").add(i.at("/spec/tls/0").deepCopy()));
    TestCluster.eventually("doubles are told", () -> cluster.hasEvent("shop", "BadConfig"));
  }

  @Test
  @Tag("CM-36")
  void injectsAuthorities() throws Exception {
    var hooks =
        new GroupVersionResource(
            "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations");
    for (String source :
        List.of(
            "inject-ca-from: default/injected",
            "inject-ca-from-secret: default/direct",
            "inject-ca-from-secret: default/closed",
            "inject-apiserver-ca: 'true'")) {
      String name = source.replaceAll("[^a-z]+", "-");
      ApiObject hook =
          TestCluster.object(
              """
              apiVersion: admissionregistration.k8s.io/v1
              kind: ValidatingWebhookConfiguration
              metadata: {name: %s, annotations: {cert-manager.io/%s}}
              webhooks: [{name: a.example.com, sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Ignore, clientConfig: {url: 'https://localhost:1'}, rules: []}]
              """
                  .formatted(name.replaceAll("-$", ""), source));
      cluster.client.create(hooks, hook.setNamespace(""));
    }
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: direct, annotations:"
                + " {cert-manager.io/allow-direct-injection: 'true'}}, stringData: {ca.crt:"
                + " direct}}"));
    cluster.create(
        Resources.SECRETS,
        TestCluster.object(
            "{apiVersion: v1, kind: Secret, metadata: {name: closed}, stringData: {ca.crt:"
                + " closed}}"));
    cluster.create(Resources.ISSUERS, TestCluster.issuer("inject", "selfSigned: {}"));
    cluster.create(
        Resources.CERTIFICATES,
        certificate("injected", "commonName: injected, issuerRef: {name: inject}"));
    cluster.issued("injected", 1);
    awaitBundle(
        hooks,
        "inject-ca-from-default-injected",
        cluster.secret("injected-tls").json().at("/data/ca.crt").asText());
    awaitBundle(hooks, "inject-ca-from-secret-default-direct", SecretData.encode("direct"));
    awaitBundle(hooks, "inject-apiserver-ca-true", SecretData.encode("the server's root"));
    cluster.replaceServerRoots("another root");
    awaitBundle(hooks, "inject-apiserver-ca-true", SecretData.encode("another root"));
    assertThat(bundle(hooks, "inject-ca-from-secret-default-closed")).isEmpty();

    String before = SecretData.text(cluster.secret("injected-tls"), SecretData.CA);
    cluster.renew("injected");
    cluster.issued("injected", 2);
    String after = SecretData.text(cluster.secret("injected-tls"), SecretData.CA);
    awaitBundle(hooks, "inject-ca-from-default-injected", SecretData.encode(before + after));
  }

  private static void awaitBundle(GroupVersionResource hooks, String name, String bundle)
      throws Exception {
    TestCluster.eventually(name, () -> bundle(hooks, name).equals(bundle));
  }

  private static String bundle(GroupVersionResource hooks, String name) {
    return cluster
        .client
        .get(hooks, "", name)
        .json()
        .at("/webhooks/0/clientConfig/caBundle")
        .asText("");
  }
}
