package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.SchemaSamples.Broken;
import io.croft.apiserver.SchemaSamples.Changed;
import io.croft.apiserver.TestApi.Answer;
import io.croft.model.Json;
import io.croft.model.Yaml;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The definitions of the projects whose groups Croft serves, as these publish them: each is
/// installed, and its schema is held against objects made from it. They are no part of this
/// project: `-Dcroft.crds=DIRECTORY` says where they lie, else there is nothing to test.
final class UpstreamDefinitionsTest {
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String DIRECTORY = System.getProperty("croft.crds", "");

  @TempDir static Path directory;
  private static TestApi api;

  /// One version of a definition.
  record Version(ObjectNode crd, ObjectNode version) {
    String plural() {
      return crd.at("/spec/names/plural").asText();
    }

    String group() {
      return crd.at("/spec/group").asText();
    }

    String name() {
      return version.path("name").asText();
    }

    String collection() {
      String scope =
          crd.at("/spec/scope").asText().equals("Namespaced") ? "namespaces/default/" : "";
      return "/apis/" + group() + "/" + name() + "/" + scope + plural();
    }

    /// What an object is called: some kinds allow a single name.
    String sampleName() {
      JsonNode names =
          version.at("/schema/openAPIV3Schema/properties/metadata/properties/name/enum");
      return names.path(0).asText("sample");
    }

    SchemaSamples samples() {
      return new SchemaSamples((ObjectNode) version.at("/schema/openAPIV3Schema"));
    }

    @Override
    public String toString() {
      return plural() + "." + group() + "/" + name();
    }
  }

  static List<ObjectNode> definitions() throws Exception {
    Assumptions.assumeFalse(
        DIRECTORY.isEmpty(), "no definitions of other projects: -Dcroft.crds says where they are");
    var definitions = new ArrayList<ObjectNode>();
    List<Path> files;
    try (Stream<Path> found = Files.walk(Path.of(DIRECTORY))) {
      files = found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    for (Path file : files) {
      // Some are templates of an installer; what it fills in is about their webhooks.
      String text = Files.readString(file).replaceAll("\\{\\{.*?}}", "eA==");
      for (String document : text.split("(?m)^---.*$")) {
        if (document.contains("kind: CustomResourceDefinition")) {
          definitions.add((ObjectNode) Yaml.parse(document.getBytes(StandardCharsets.UTF_8)));
        }
      }
    }
    assertThat(definitions).as("definitions in " + DIRECTORY).isNotEmpty();
    return definitions;
  }

  static Stream<Version> versions() throws Exception {
    var versions = new ArrayList<Version>();
    for (ObjectNode crd : definitions()) {
      for (JsonNode version : crd.at("/spec/versions")) {
        if (version.path("served").asBoolean()) {
          versions.add(new Version(crd, (ObjectNode) version));
        }
      }
    }
    return versions.stream();
  }

  @BeforeAll
  static void install() throws Exception {
    List<ObjectNode> definitions = definitions();
    api = new TestApi(directory);
    for (ObjectNode crd : definitions) {
      ((ObjectNode) crd.path("spec")).remove("conversion"); // nobody answers their webhooks here
      Answer made = api.post(CRDS + "?fieldValidation=Strict", crd.toString());
      assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
      for (JsonNode condition : made.body().at("/status/conditions")) {
        String type = condition.path("type").asText();
        assertThat(condition.path("status").asText())
            .as(made.text("metadata", "name") + " " + condition)
            .isEqualTo(type.equals("NonStructuralSchema") ? "False" : "True");
      }
    }
  }

  @AfterAll
  static void stop() {
    if (api != null) {
      api.close();
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void describesItsKind(Version version) {
    Answer document = api.get("/openapi/v3/apis/" + version.group() + "/" + version.name());
    String kind = version.crd().at("/spec/names/kind").asText();
    var described = new ArrayList<JsonNode>();
    for (JsonNode schema : document.body().at("/components/schemas")) {
      for (JsonNode gvk : schema.path("x-kubernetes-group-version-kind")) {
        if (gvk.path("kind").asText().equals(kind)) {
          described.add(schema);
        }
      }
    }
    assertThat(described).hasSize(1);
    JsonNode published = version.version().at("/schema/openAPIV3Schema/properties");
    for (var property : published.properties()) {
      if (!List.of("apiVersion", "kind", "metadata").contains(property.getKey())) {
        assertThat(described.getFirst().at("/properties/" + property.getKey()).path("description"))
            .isEqualTo(property.getValue().path("description"));
      }
    }
  }

  private static ObjectNode named(Version version, ObjectNode object) {
    object.putObject("metadata").put("name", version.sampleName());
    object.put("apiVersion", version.group() + "/" + version.name());
    return object.put("kind", version.crd().at("/spec/names/kind").asText());
  }

  @ParameterizedTest
  @MethodSource("versions")
  void keepsWhatTheSchemaAllows(Version version) {
    for (ObjectNode sample : List.of(version.samples().minimal(), version.samples().full())) {
      Answer made =
          api.post(
              version.collection() + "?fieldValidation=Strict", named(version, sample).toString());
      assertThat(made.code()).as(made.body() + " of " + sample).isEqualTo(201);
      String path = version.collection() + "/" + version.sampleName();
      try {
        JsonNode status = version.version().at("/subresources/status");
        for (var field : sample.properties()) {
          boolean kept = !field.getKey().equals("status") || status.isMissingNode();
          if (kept && !field.getKey().equals("metadata")) {
            assertContains(made.body().path(field.getKey()), field.getValue(), field.getKey());
          }
        }
        Answer read = api.get(path);
        Answer again = api.put(path, read.body().toString());
        assertThat(again.code()).as(again.body().toString()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(read.body());
        if (!status.isMissingNode() && sample.has("status")) {
          ObjectNode with = read.body().deepCopy();
          with.set("status", sample.get("status"));
          Answer told = api.put(path + "/status", with.toString());
          assertThat(told.code()).as(told.body().toString()).isEqualTo(200);
          assertContains(told.body().path("status"), sample.path("status"), "status");
        }
      } finally {
        assertThat(api.delete(path).code()).isEqualTo(200);
      }
    }
  }

  /// Everything that was sent is there; defaults may have joined it.
  private static void assertContains(JsonNode actual, JsonNode sent, String path) {
    if (sent.isObject()) {
      for (var field : sent.properties()) {
        assertContains(actual.path(field.getKey()), field.getValue(), path + "." + field.getKey());
      }
    } else if (sent.isArray()) {
      assertThat(actual.size()).as(path).isEqualTo(sent.size());
      for (int i = 0; i < sent.size(); i++) {
        assertContains(actual.path(i), sent.path(i), path + "[" + i + "]");
      }
    } else {
      assertThat(actual).as(path).isEqualTo(sent);
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void refusesWhatTheSchemaForbids(Version version) {
    boolean statusApart = version.version().at("/subresources").has("status");
    for (Broken broken : version.samples().broken()) {
      if (statusApart && broken.field().startsWith("status")) {
        continue; // left out of what is created
      }
      Answer refused =
          api.post(
              version.collection() + "?dryRun=All", named(version, broken.object()).toString());
      assertThat(refused.code()).as(broken + " in " + broken.object()).isEqualTo(422);
      assertThat(refused.body().at("/details/causes").findValuesAsText("field"))
          .as(broken + " in " + refused.body())
          .contains(broken.field());
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void leavesOutWhatTheSchemaDoesNotKnow(Version version) {
    boolean statusApart = version.version().at("/subresources").has("status");
    for (Changed unknown : version.samples().unknown()) {
      String object = named(version, unknown.object()).toString();
      Answer made = api.post(version.collection() + "?dryRun=All", object);
      assertThat(made.code()).as(unknown + " in " + made.body()).isEqualTo(201);
      assertThat(made.body().at(unknown.pointer()).isMissingNode()).as(unknown.pointer()).isTrue();
      if (!statusApart || !unknown.pointer().startsWith("/status")) {
        assertThat(made.headers().first("warning").orElse("")).contains("unknown field");
      }
      Answer strict = api.post(version.collection() + "?dryRun=All&fieldValidation=Strict", object);
      assertThat(strict.code()).as(unknown.pointer()).isEqualTo(400);
      assertThat(strict.text("message")).contains("unknown field").contains("noSuchField");
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void completesWhatTheSchemaHasDefaultsFor(Version version) {
    boolean statusApart = version.version().at("/subresources").has("status");
    for (Changed incomplete : version.samples().defaults()) {
      if (statusApart && incomplete.pointer().startsWith("/status")) {
        continue;
      }
      Answer made =
          api.post(
              version.collection() + "?dryRun=All", named(version, incomplete.object()).toString());
      assertThat(made.code()).as(incomplete + " in " + made.body()).isEqualTo(201);
      assertThat(made.body().at(incomplete.pointer()))
          .as(incomplete.pointer() + " in " + made.body())
          .isEqualTo(incomplete.expected());
    }
  }

  /// As people write them: what they are, whether the schema takes them, and what it says if not.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cert-manager.io/v1 | namespaces/default/certificates | Certificate |"
            + " {secretName: web-tls, dnsNames: [www.example.com], duration: 2160h, privateKey:"
            + " {algorithm: ECDSA, size: 256}, issuerRef: {name: ca, kind: ClusterIssuer}} |",
        "cert-manager.io/v1 | namespaces/default/certificates | Certificate |"
            + " {secretName: web-tls, privateKey: {algorithm: DSA}, issuerRef: {name: ca}} |"
            + " spec.privateKey.algorithm: Unsupported value: \"DSA\"",
        "cert-manager.io/v1 | namespaces/default/certificates | Certificate |"
            + " {dnsNames: [www.example.com]} | spec.issuerRef: Required value",
        "velero.io/v1 | namespaces/default/backups | Backup |"
            + " {includedNamespaces: [shop], ttl: 720h0m0s, storageLocation: default, hooks: {}} |",
        "velero.io/v1 | namespaces/default/backups | Backup | {includedNamespaces: shop} |"
            + " spec.includedNamespaces in body must be of type array",
        "core.oam.dev/v1beta1 | namespaces/default/applications | Application |"
            + " {components: [{name: web, type: webservice, properties: {image: nginx, ports:"
            + " [{port: 80}]}, traits: [{type: scaler, properties: {replicas: 2}}]}]} |",
        "core.oam.dev/v1beta1 | namespaces/default/applications | Application |"
            + " {components: [{name: web}]} | spec.components[0].type: Required value",
        "cluster.open-cluster-management.io/v1 | managedclusters | ManagedCluster |"
            + " {hubAcceptsClient: true, leaseDurationSeconds: 60, taints: [{key: a, effect:"
            + " NoSelect}]} |",
        "cluster.open-cluster-management.io/v1 | managedclusters | ManagedCluster |"
            + " {hubAcceptsClient: maybe} | spec.hubAcceptsClient in body must be of type boolean",
        "cluster.open-cluster-management.io/v1 | managedclusters | ManagedCluster |"
            + " {taints: [{key: a, effect: NoSuch}]} | spec.taints[0].effect: Unsupported value",
        "hnc.x-k8s.io/v1alpha2 | namespaces/default/subnamespaceanchors | SubnamespaceAnchor |"
            + " {labels: [{key: team, value: a}]} |",
        "hnc.x-k8s.io/v1alpha2 | namespaces/default/subnamespaceanchors | SubnamespaceAnchor |"
            + " {labels: [{key: team}]} | spec.labels[0].value: Required value",
        "apps.kruise.io/v1alpha1 | namespaces/default/clonesets | CloneSet |"
            + " {replicas: 3, selector: {matchLabels: {app: web}}, updateStrategy: {type:"
            + " InPlaceIfPossible, maxUnavailable: 20%}, template: {metadata: {labels: {app: web}},"
            + " spec: {containers: [{name: web, image: nginx}]}}} |",
        "apps.kruise.io/v1alpha1 | namespaces/default/clonesets | CloneSet | {replicas: three,"
            + " selector: {}, template: {}} | spec.replicas in body must be of type integer",
      })
  void knowsTheKindsThatPeopleWrite(
      String version, String collection, String kind, String spec, @Nullable String refusal)
      throws Exception {
    ObjectNode object = Json.object().put("apiVersion", version).put("kind", kind);
    object.putObject("metadata").put("name", "sample");
    object.set("spec", Yaml.parse(spec.getBytes(StandardCharsets.UTF_8)));
    String path = "/apis/" + version + "/" + collection + "?dryRun=All&fieldValidation=Strict";
    Answer answer = api.post(path, object.toString());
    if (refusal == null) {
      assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
      assertContains(answer.body().path("spec"), object.path("spec"), "spec");
    } else {
      assertThat(answer.code()).as(answer.body().toString()).isEqualTo(422);
      assertThat(answer.text("message")).contains(refusal);
    }
  }
}
