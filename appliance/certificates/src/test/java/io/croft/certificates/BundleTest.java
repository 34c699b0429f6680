package io.croft.certificates;

import static io.croft.certificates.TestCluster.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.DeleteOptions;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.Pem;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.PrivateKeys;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Bundles of authorities, with the whole certificate manager on an API server in process.
class BundleTest {
  private static final String TRUST = CertificateManager.CLUSTER_NAMESPACE;

  @TempDir static Path directory;
  private static TestCluster cluster;
  private static String one;
  private static String two;
  private static String key;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(directory);
    var pair = new KeyKind(KeyKind.Algorithm.ED25519, 256).generate();
    key = PrivateKeys.encode(pair, PrivateKeys.Encoding.PKCS8);
    one = Pem.encode(authority("one"));
    two = Pem.encode(authority("two"));
    cluster.client.create(Resources.NAMESPACES, namespace("team", "{team: a}"));
    cluster.client.create(Resources.CONFIG_MAPS, source("ConfigMap", "roots", "{ca.crt: %s}", one));
    cluster.client.create(Resources.SECRETS, source("Secret", "root", "{ca.crt: %s}", two));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static X509Certificate authority(String name) throws Exception {
    var pair = new KeyKind(KeyKind.Algorithm.ED25519, 256).generate();
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of(name))),
            AlternativeNames.NONE,
            Set.of(),
            null,
            "");
    return new Issuance(
            SigningRequest.create(pair, wish),
            Instant.now(),
            Duration.ofDays(1),
            true,
            Set.of(),
            Issuance.Pointers.NONE)
        .selfSigned(pair);
  }

  private static ApiObject namespace(String name, String labels) throws Exception {
    return TestCluster.object(
            "{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: %s}}"
                .formatted(name, labels))
        .setNamespace("");
  }

  private static ApiObject source(String kind, String name, String data, String text)
      throws Exception {
    String field = kind.equals("Secret") ? "stringData" : "data";
    return TestCluster.object(
            "{apiVersion: v1, kind: %s, metadata: {name: %s, labels: {for: trust}}, %s: %s}"
                .formatted(kind, name, field, data.formatted(quoted(text))))
        .setNamespace(TRUST);
  }

  private static String quoted(String text) {
    return Json.object().put("x", text).path("x").toString();
  }

  private static ApiObject bundle(String name, String sources, String target) throws Exception {
    return TestCluster.object(
            """
            apiVersion: trust.cert-manager.io/v1alpha1
            kind: Bundle
            metadata: {name: %s}
            spec: {sources: %s, target: %s}
            """
                .formatted(name, sources, target))
        .setNamespace("");
  }

  private static Optional<ApiObject> target(String namespace, String name) {
    return cluster.client.find(Resources.CONFIG_MAPS, namespace, name);
  }

  private static String text(String namespace, String name, String field) {
    return target(namespace, name)
        .map(t -> t.json().path("data").path(field).asText(""))
        .orElse("");
  }

  private static ApiObject get(String name) {
    return cluster.client.get(Resources.BUNDLES, "", name);
  }

  private static void awaitSynced(String name, boolean synced, String reason) throws Exception {
    eventually(
        name + " is synced: " + synced + ", for " + reason,
        () ->
            Conditions.find(get(name), "Synced")
                .filter(c -> c.isTrue() == synced && c.reason().equals(reason))
                .isPresent());
  }

  private static void change(String name, java.util.function.Consumer<ObjectNode> change) {
    ApiObject bundle = get(name).copy();
    change.accept(bundle.json());
    cluster.client.update(Resources.BUNDLES, bundle);
  }

  @Test
  void bringsCertificatesIntoEveryNamespaceAndFollowsThem() throws Exception {
    cluster.client.create(
        Resources.BUNDLES,
        bundle(
            "everywhere",
            "[{configMap: {name: roots, key: ca.crt}}, {secret: {name: root, key: ca.crt}},"
                + " {inLine: %s}]".formatted(quoted("a comment\n" + one)),
            "{configMap: {key: trust.pem, metadata: {labels: {a: b}, annotations: {c: d}}}}"));
    awaitSynced("everywhere", true, "Synced");
    for (String namespace : List.of("default", "team", TRUST)) {
      assertThat(text(namespace, "everywhere", "trust.pem")).isEqualTo(one + two);
    }
    ApiObject written = target("team", "everywhere").orElseThrow();
    assertThat(written.labels())
        .containsEntry("a", "b")
        .containsEntry("trust.cert-manager.io/bundle", "everywhere");
    assertThat(written.annotations()).containsEntry("c", "d");
    assertThat(written.ownerReferences().getFirst().kind()).isEqualTo("Bundle");

    cluster.client.create(Resources.NAMESPACES, namespace("later", "{}"));
    eventually(
        "a new namespace gets it",
        () -> text("later", "everywhere", "trust.pem").equals(one + two));

    ApiObject spoilt = target("team", "everywhere").orElseThrow().copy();
    ((ObjectNode) spoilt.json().path("data")).put("trust.pem", "spoilt").put("mine", "stays");
    cluster.client.update(Resources.CONFIG_MAPS, spoilt);
    eventually("it is mended", () -> text("team", "everywhere", "trust.pem").equals(one + two));
    assertThat(text("team", "everywhere", "mine")).isEqualTo("stays");

    String three = Pem.encode(authority("three"));
    ApiObject secret = cluster.client.get(Resources.SECRETS, TRUST, "root").copy();
    ((ObjectNode) secret.json().path("data")).put("ca.crt", SecretData.encode(three));
    cluster.client.update(Resources.SECRETS, secret);
    eventually(
        "a source that changes is followed",
        () -> text("team", "everywhere", "trust.pem").equals(one + three));

    change(
        "everywhere",
        b ->
            b.withObject("/spec/target/namespaceSelector/matchLabels")
                .put("kubernetes.io/metadata.name", "later"));
    eventually(
        "it leaves the others",
        () ->
            target("default", "everywhere").isEmpty()
                && text("team", "everywhere", "trust.pem").isEmpty());
    assertThat(text("team", "everywhere", "mine")).isEqualTo("stays");
    assertThat(text("later", "everywhere", "trust.pem")).isEqualTo(one + three);
    // It is synced before, too, but to other namespaces.
    eventually(
        "the condition names the namespaces",
        () ->
            Conditions.find(get("everywhere"), "Synced")
                .filter(synced -> synced.message().contains("metadata.name=later"))
                .isPresent());
    awaitSynced("everywhere", true, "Synced");
  }

  @Test
  void selectsSourcesByLabelAndAddsTheDefaultAuthorities() throws Exception {
    cluster.client.create(
        Resources.CONFIG_MAPS,
        source("ConfigMap", "labelled", "{b: %1$s, a: %1$s}", one).setLabels(Map.of("pick", "me")));
    cluster.client.create(
        Resources.BUNDLES,
        bundle(
            "public",
            "[{configMap: {selector: {matchLabels: {pick: me}}, includeAllKeys: true}},"
                + " {useDefaultCAs: true}]",
            "{configMap: {key: ca.crt}, namespaceSelector: {matchLabels: {team: a}}}"));
    awaitSynced("public", true, "Synced");
    List<X509Certificate> certificates = Pem.certificates(text("team", "public", "ca.crt"));
    assertThat(certificates).hasSizeGreaterThan(50).doesNotHaveDuplicates();
    assertThat(get("public").json().at("/status/defaultCAVersion").asText()).startsWith("java-");
    assertThat(target("default", "public")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          open    | {key: t.p12}
          rc2     | {key: t.p12, password: secret}
          des     | {key: t.p12, password: secret, profile: LegacyDES}
          modern  | {key: t.p12, password: secret, profile: Modern2023}
          """)
  void writesTrustStoresThatJavaReads(String name, String pkcs12) throws Exception {
    cluster.client.create(
        Resources.BUNDLES,
        bundle(
            "stores-" + name,
            "[{inLine: %s}]".formatted(quoted(one + two)),
            "{configMap: {key: ca.crt}, namespaceSelector: {matchLabels: {team: a}},"
                + " additionalFormats: {jks: {key: t.jks}, pkcs12: %s}}".formatted(pkcs12)));
    awaitSynced("stores-" + name, true, "Synced");
    JsonNode data = target("team", "stores-" + name).orElseThrow().json().path("binaryData");
    char[] password = name.equals("open") ? null : "secret".toCharArray();
    for (KeyStore store :
        List.of(
            load("JKS", data.path("t.jks"), "changeit".toCharArray()),
            load("PKCS12", data.path("t.p12"), password))) {
      var trusted =
          Collections.list(store.aliases()).stream()
              .filter(alias -> {
                try {
                  return store.isCertificateEntry(alias);
                } catch (java.security.KeyStoreException e) {
                  return false;
                }
              })
              .toList();
      assertThat(trusted).as(store.getType()).hasSize(2);
    }
    String version = target("team", "stores-" + name).orElseThrow().resourceVersion();
    change("stores-" + name, b -> b.withObject("/metadata/labels").put("seen", "yes"));
    cluster.client.create(Resources.NAMESPACES, namespace("after-" + name, "{team: a}"));
    eventually(
        "it was looked at again", () -> target("after-" + name, "stores-" + name).isPresent());
    assertThat(target("team", "stores-" + name).orElseThrow().resourceVersion())
        .as("what is right is not written again")
        .isEqualTo(version);
  }

  private static KeyStore load(String type, JsonNode data, char @Nullable [] password)
      throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    store.load(new ByteArrayInputStream(data.binaryValue()), password);
    return store;
  }

  @Test
  void keepsWhatIsThereWhileASourceCannotBeUsed() throws Exception {
    ApiObject source = source("ConfigMap", "shaky", "{ca.crt: %s}", one);
    cluster.client.create(Resources.CONFIG_MAPS, source);
    cluster.client.create(
        Resources.BUNDLES,
        bundle("shaky", "[{configMap: {name: shaky, key: ca.crt}}]", "{configMap: {key: ca.crt}}"));
    awaitSynced("shaky", true, "Synced");
    ApiObject broken = cluster.client.get(Resources.CONFIG_MAPS, TRUST, "shaky").copy();
    ((ObjectNode) broken.json().path("data")).put("ca.crt", one + key);
    cluster.client.update(Resources.CONFIG_MAPS, broken);
    awaitSynced("shaky", false, "SourceBuildError");
    assertThat(Conditions.find(get("shaky"), "Synced").orElseThrow().message())
        .contains("ConfigMap cert-manager/shaky, key \"ca.crt\" holds a PEM block \"PRIVATE KEY\"");
    assertThat(text("team", "shaky", "ca.crt")).isEqualTo(one);

    cluster.client.delete(Resources.CONFIG_MAPS, TRUST, "shaky", DeleteOptions.DEFAULT);
    awaitSynced("shaky", false, "SourceNotFound");
    assertThat(text("team", "shaky", "ca.crt")).isEqualTo(one);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          no-key      | [{secret: {name: root, key: nothing}}]                         | {configMap: {key: a}} | SourceNotFound
          no-source   | [{secret: {name: nobody, key: a}}]                             | {configMap: {key: a}} | SourceNotFound
          garbage     | [{inLine: garbage}]                                            | {configMap: {key: a}} | SourceBuildError
          empty       | [{useDefaultCAs: false}]                                       | {configMap: {key: a}} | SourceNotFound
          all-of-tls  | [{secret: {name: tls, includeAllKeys: true}}]                  | {configMap: {key: a}} | SourceBuildError
          secret      | [{useDefaultCAs: true}]                                        | {secret: {key: a}}    | SecretTargetsDisabled
          same-key    | [{useDefaultCAs: true}] | {configMap: {key: a}, additionalFormats: {jks: {key: a}}} | SyncConfigMapTargetFailed
          """)
  void saysWhyABundleIsNotSynced(String name, String sources, String target, String reason)
      throws Exception {
    if (name.equals("all-of-tls")) {
      ApiObject tls = source("Secret", "tls", "{tls.crt: %1$s, tls.key: ''}", one);
      tls.json().put("type", "kubernetes.io/tls");
      cluster.client.create(Resources.SECRETS, tls);
    }
    cluster.client.create(Resources.BUNDLES, bundle("bad-" + name, sources, target));
    awaitSynced("bad-" + name, false, reason);
    assertThat(target("team", "bad-" + name)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          []                                            | {configMap: {key: a}} | spec.sources
          [{inLine: a, useDefaultCAs: true}]            | {configMap: {key: a}} | exactly one of the fields in [configMap secret inLine useDefaultCAs] must be set
          [{configMap: {name: a, selector: {}, key: b}}]| {configMap: {key: a}} | exactly one of the fields in [name selector] must be set
          [{useDefaultCAs: true}]                       | {}                    | at least one of the fields in [configMap secret] must be set
          """)
  void refusesWhatTheSchemaDoes(String sources, String target, String message) {
    assertThatThrownBy(
            () -> cluster.client.create(Resources.BUNDLES, bundle("refused", sources, target)))
        .hasMessageContaining(message);
  }
}
