package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Where there is a kube-apiserver: it serves from the same store what the embedded API server has
/// written, and the other way round.
///
/// Compared is what objects say. A Go program writes many a field that says nothing (`status: {}`,
/// `eventTime: null`), which the embedded server leaves out.
class RoundTripTest {
  /// A change by the other server's controllers, or by ours, while it runs.
  private static final List<String> TENDED =
      List.of(
          "/apiservices/",
          "/flowschemas/",
          "/resourcequotas/",
          "/prioritylevelconfigurations/",
          "/validatingadmissionpolicies/");

  /// What kube-apiserver adds whenever it reads an object: defaults, which are stored only if the
  /// object has them when it is written.
  private static final Map<String, String> ADDED_BY_READING =
      Map.of(
          "/daemonsets/", "/metadata/annotations",
          "/persistentvolumeclaims/", "/status",
          "/jobs/", "/metadata/labels");

  /// The smallest object of every kind.
  private static Map<String, ObjectNode> samples(String name) throws Exception {
    var samples = new LinkedHashMap<String, ObjectNode>();
    for (String line : Files.readAllLines(Path.of(System.getProperty("croft.kinds", "")))) {
      if (line.startsWith("#") || line.isBlank() || line.contains("webhookconfigurations")) {
        continue; // nobody would answer these
      }
      String[] parts = line.split(" \\| ", -1);
      String object = parts[2];
      if (name.equals("theirs")) {
        object = object.replace("10.96.0.10", "10.96.0.11").replace("10.1.2.3", "10.1.2.4");
        object = object.replace("x.example.com", "y.example.com");
      }
      add(samples, parts[0], (ObjectNode) Api.MAPPER.readTree(object), name);
    }
    String namespaced = "/api/v1/namespaces/default/";
    add(
        samples,
        namespaced + "configmaps",
        "ConfigMap",
        "{'data':{'a':'b'},'binaryData':{'c':'AQ=='}}",
        name);
    add(samples, namespaced + "secrets", "Secret", "{'type':'Opaque','data':{'a':'AQ=='}}", name);
    add(samples, namespaced + "serviceaccounts", "ServiceAccount", "{}", name);
    add(samples, "/api/v1/namespaces", "Namespace", "{}", name);
    add(
        samples,
        "/apis/coordination.k8s.io/v1/namespaces/default/leases",
        "Lease",
        "{'spec':{'holderIdentity':'a','renewTime':'2026-01-01T00:00:00.123456Z'}}",
        name);
    add(
        samples,
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
        "Role",
        "{'rules':[{'apiGroups':[''],'resources':['pods'],'verbs':['get']}]}",
        name);
    return samples;
  }

  private static void add(
      Map<String, ObjectNode> samples, String collection, String kind, String object, String name)
      throws Exception {
    ObjectNode json = (ObjectNode) Api.MAPPER.readTree(object.replace('\'', '"'));
    add(samples, collection, json.put("kind", kind), name);
  }

  private static void add(
      Map<String, ObjectNode> samples, String collection, ObjectNode object, String name) {
    String[] steps = collection.split("/");
    object.put("apiVersion", steps[1].equals("api") ? "v1" : steps[2] + "/" + steps[3]);
    ObjectNode metadata = object.withObject("/metadata");
    if (!metadata.has("name")) {
      metadata.put("name", name);
    }
    boolean older = steps[2].equals("autoscaling") && steps[3].equals("v1");
    if (older || steps[3].equals("v1alpha1")) {
      metadata.put("name", name + "-" + steps[3]); // beside the one of another version
    }
    samples.put(collection + "/" + metadata.path("name").asText(), object);
  }

  /// @return what was written, as it is served
  private static Map<String, JsonNode> write(Api api, String name) throws Exception {
    var refused = new ArrayList<String>();
    var written = new LinkedHashMap<String, JsonNode>();
    for (var sample : samples(name).entrySet()) {
      String path = sample.getKey();
      String collection = path.substring(0, path.lastIndexOf('/'));
      Api.Answer made = api.post(collection, sample.getValue().toString());
      if (made.status() != 201) {
        refused.add(path + ": " + made.body());
      }
    }
    for (String path : samples(name).keySet()) {
      Api.Answer read = api.get(path);
      if (read.status() == 200) {
        written.put(path, read.json());
      }
    }
    // kube-apiserver wants a real certificate request; ours is another test's business.
    assertThat(refused).allMatch(r -> r.contains("PEM block type must be CERTIFICATE REQUEST"));
    assertThat(written).hasSizeGreaterThan(40);
    return written;
  }

  private static void assertServes(Api api, Map<String, JsonNode> written) throws Exception {
    for (var object : written.entrySet()) {
      String path = object.getKey();
      Api.Answer read = api.get(path);
      assertThat(read.status()).as(path + ": " + read.body()).isEqualTo(200);
      if (TENDED.stream().noneMatch(path::contains)) {
        assertThat(telling(path, read.json())).as(path).isEqualTo(telling(path, object.getValue()));
      }
    }
  }

  /// An object without what says nothing.
  private static JsonNode telling(String path, JsonNode object) {
    JsonNode copy = object.deepCopy();
    ADDED_BY_READING.forEach((kind, pointer) -> {
      if (path.contains(kind)) {
        int last = pointer.lastIndexOf('/');
        ((ObjectNode) copy.at(pointer.substring(0, last))).remove(pointer.substring(last + 1));
      }
    });
    ObjectNode metadata = (ObjectNode) copy.path("metadata");
    JsonNode owners = metadata.remove("managedFields"); // where `{}` says something
    strip(copy);
    metadata.set("managedFields", owners);
    return copy;
  }

  private static void strip(JsonNode node) {
    node.forEach(RoundTripTest::strip);
    if (node instanceof ObjectNode object) {
      object.properties().removeIf(field -> isNothing(field.getValue()));
    }
  }

  private static boolean isNothing(JsonNode value) {
    return value.isNull()
        || (value.isContainerNode() && value.isEmpty())
        || (value.isTextual() && value.asText().isEmpty())
        || (value.isNumber() && value.asDouble() == 0)
        || (value.isBoolean() && !value.asBoolean());
  }

  @Test
  void servesTheSameAsKubeApiServerFromTheSameStore() throws Exception {
    Distribution.peer("kube-apiserver");
    try (var appliance = new Appliance()) {
      appliance.start();
      Map<String, JsonNode> ours;
      try (Api api = appliance.api()) {
        ours = write(api, "ours");
      }
      appliance.terminate();
      Map<String, JsonNode> theirs;
      try (var peer = KubeApiServer.onStoreOf(appliance);
          Api api = peer.api()) {
        assertServes(api, ours);
        theirs = write(api, "theirs");
      }
      appliance.start();
      try (Api api = appliance.api()) {
        assertServes(api, theirs);
        assertServes(api, ours);
      }
    }
  }
}
