package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Valid requests of every sort, to begin with. Many of them name objects that others of them make.
final class RequestSeeds {
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
  private static final String WIDGET =
      """
      {"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"x","labels":{"a":"b"}},
       "spec":{"size":3,"parts":[{"name":"a","count":1}],"tags":["t"],"port":"http"}}\
      """;
  private static final String CRD =
      """
      {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
       "metadata":{"name":"widgets.example.com"},
       "spec":{"group":"example.com","scope":"Namespaced",
        "names":{"plural":"widgets","singular":"widget","kind":"Widget","shortNames":["wd"]},
        "versions":[{"name":"v1","served":true,"storage":true,
         "subresources":{"status":{},"scale":{"specReplicasPath":".spec.size",
          "statusReplicasPath":".status.size","labelSelectorPath":".status.selector"}},
         "additionalPrinterColumns":[{"name":"Size","type":"integer","jsonPath":".spec.size"},
          {"name":"First","type":"string","jsonPath":".spec.parts[?(@.name=='a')].count"}],
         "selectableFields":[{"jsonPath":".spec.size"}],
         "schema":{"openAPIV3Schema":{"type":"object","properties":{
          "spec":{"type":"object","required":["size"],"properties":{
           "size":{"type":"integer","format":"int32","minimum":1,"maximum":10},
           "colour":{"type":"string","enum":["red","green"],"default":"red"},
           "when":{"type":"string","format":"date-time","nullable":true},
           "code":{"type":"string","pattern":"^[a-z]+$","maxLength":20},
           "port":{"x-kubernetes-int-or-string":true},
           "any":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
           "inner":{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true},
           "map":{"type":"object","additionalProperties":{"type":"string"}},
           "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
           "parts":{"type":"array","maxItems":20,"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
            "items":{"type":"object","required":["name"],"properties":{
             "name":{"type":"string"},"count":{"type":"integer","default":1}}}}}},
          "status":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}}}]}}\
      """;

  private final List<FuzzRequest> seeds = new ArrayList<>();

  private RequestSeeds() {}

  /// What makes the objects that other requests are about.
  static List<FuzzRequest> preparations() {
    var preparations = new RequestSeeds();
    preparations.add("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"default\"}}");
    preparations.add(
        "POST",
        "/api/v1/namespaces/default/serviceaccounts",
        "{\"metadata\":{\"name\":\"default\"},\"automountServiceAccountToken\":false}");
    preparations.add("POST", CRDS, CRD);
    preparations.add("POST", WIDGETS, WIDGET);
    return preparations.seeds;
  }

  static List<FuzzRequest> all() throws Exception {
    var requests = new RequestSeeds();
    KindsTest.samples()
        .forEach(sample ->
            requests.kind(sample.collection(), sample.path(), askedOfNothing(sample.object())));
    for (String kind : List.of("ConfigMap", "Secret", "ServiceAccount", "Event", "Lease")) {
      requests.small(kind);
    }
    requests.kind(WIDGETS, WIDGETS + "/x", parse(WIDGET));
    requests.kind(CRDS, CRDS + "/widgets.example.com", parse(CRD));
    requests.rbac();
    requests.questions();
    requests.subresources();
    requests.documents();
    return requests.seeds;
  }

  /// A webhook that is asked about everything would refuse everything from then on.
  private static ObjectNode askedOfNothing(ObjectNode object) {
    for (JsonNode webhook : object.path("webhooks")) {
      for (JsonNode rule : webhook.path("rules")) {
        ((ObjectNode) rule).putArray("apiGroups").add("none.example.com");
      }
    }
    return object;
  }

  private static ObjectNode parse(String json) throws Exception {
    return Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
  }

  private void add(String method, String target) {
    seeds.add(FuzzRequest.of(method, target, "", ""));
  }

  private void add(String method, String target, String json) {
    seeds.add(FuzzRequest.of(method, target, "application/json", json));
  }

  private void patch(String target, String type, String body) {
    seeds.add(FuzzRequest.of("PATCH", target, "application/" + type, body));
  }

  private void kind(String collection, String path, ObjectNode object) {
    String json = object.toString();
    add("POST", collection, json);
    add("POST", collection + "?fieldValidation=Strict&dryRun=All", json);
    ObjectNode nameless = object.deepCopy();
    nameless.withObject("/metadata").remove("name");
    nameless.withObject("/metadata").put("generateName", "x-");
    add("POST", collection, nameless.toString());
    add("PUT", path, json);
    add("GET", path);
    add("GET", collection + "?limit=2&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx");
    add("GET", collection + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    add(
        "DELETE",
        path,
        "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"}");
    add("DELETE", collection + "?labelSelector=a%3Dnone");
    String labels = "{\"metadata\":{\"labels\":{\"a\":\"b\"},\"finalizers\":[\"example.com/f\"]}}";
    patch(path, "merge-patch+json", labels);
    patch(path, "strategic-merge-patch+json", json);
    patch(
        path,
        "json-patch+json",
        "[{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\"a\":\"b\"}},"
            + "{\"op\":\"test\",\"path\":\"/metadata/name\",\"value\":\"x\"},"
            + "{\"op\":\"copy\",\"from\":\"/metadata/annotations\",\"path\":\"/metadata/labels\"}]");
    patch(path + "?fieldManager=fuzz&force=true", "apply-patch+yaml", json);
    patch(path + "?fieldManager=other", "apply-patch+yaml", json);
    add("PUT", path + "/status", json);
    patch(path + "/status", "merge-patch+json", "{\"status\":{\"replicas\":1,\"conditions\":[]}}");
  }

  private void small(String kind) throws Exception {
    String plural = kind.toLowerCase(Locale.ROOT) + "s";
    String group = kind.equals("Lease") ? "/apis/coordination.k8s.io/v1" : "/api/v1";
    String apiVersion = kind.equals("Lease") ? "coordination.k8s.io/v1" : "v1";
    String more =
        switch (kind) {
          case "ConfigMap" -> ",\"data\":{\"a\":\"b\"},\"binaryData\":{\"c\":\"AQ==\"}";
          case "Secret" ->
              ",\"type\":\"Opaque\",\"data\":{\"a\":\"AQ==\"},\"stringData\":{\"b\":\"c\"}";
          case "Event" ->
              ",\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":\"default\",\"name\":\"x\"},\"reason\":\"r\",\"type\":\"Normal\"";
          case "Lease" -> ",\"spec\":{\"holderIdentity\":\"a\",\"leaseDurationSeconds\":15}";
          default -> "";
        };
    String collection = group + "/namespaces/default/" + plural;
    kind(
        collection,
        collection + "/x",
        parse(
            "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"x\"}%s}"
                .formatted(apiVersion, kind, more)));
  }

  private void rbac() throws Exception {
    String group = "/apis/rbac.authorization.k8s.io/v1";
    String rules =
        "\"rules\":[{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\"verbs\":[\"get\"]}]";
    String subjects =
        "\"subjects\":[{\"kind\":\"User\",\"name\":\"u\",\"apiGroup\":\"rbac.authorization.k8s.io\"}],"
            + "\"roleRef\":{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"x\"}";
    for (String kind : List.of("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")) {
      String scope = kind.startsWith("Cluster") ? "/" : "/namespaces/default/";
      String collection = group + scope + kind.toLowerCase(Locale.ROOT) + "s";
      kind(
          collection,
          collection + "/x",
          parse(
              "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"x\"},%s}"
                  .formatted(kind, kind.endsWith("Binding") ? subjects : rules)));
    }
  }

  private void questions() {
    String authorization = "/apis/authorization.k8s.io/v1";
    String attributes =
        "\"resourceAttributes\":{\"namespace\":\"default\",\"verb\":\"get\",\"resource\":\"pods\"}";
    add("POST", authorization + "/selfsubjectaccessreviews", "{\"spec\":{" + attributes + "}}");
    add(
        "POST",
        authorization + "/subjectaccessreviews",
        "{\"spec\":{\"user\":\"u\",\"groups\":[\"g\"],\"nonResourceAttributes\":{\"path\":\"/\",\"verb\":\"get\"}}}");
    add(
        "POST",
        authorization + "/namespaces/default/localsubjectaccessreviews",
        "{\"metadata\":{\"namespace\":\"default\"},\"spec\":{\"user\":\"u\"," + attributes + "}}");
    add(
        "POST",
        authorization + "/selfsubjectrulesreviews",
        "{\"spec\":{\"namespace\":\"default\"}}");
    add("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
    add(
        "POST",
        "/apis/authentication.k8s.io/v1/tokenreviews",
        "{\"spec\":{\"token\":\"eyJhbGciOiJFUzI1NiJ9.e30.AQ\",\"audiences\":[\"a\"]}}");
    add(
        "POST",
        "/api/v1/namespaces/default/serviceaccounts/default/token",
        "{\"spec\":{\"audiences\":[\"a\"],\"expirationSeconds\":3600}}");
  }

  private void subresources() {
    String pods = "/api/v1/namespaces/default/pods";
    add(
        "POST",
        pods + "/x/binding",
        "{\"metadata\":{\"name\":\"x\"},\"target\":{\"kind\":\"Node\",\"name\":\"n\"}}");
    add(
        "POST",
        "/api/v1/namespaces/default/bindings",
        "{\"metadata\":{\"name\":\"x\"},\"target\":{\"kind\":\"Node\",\"name\":\"n\"}}");
    add(
        "POST",
        pods + "/x/eviction",
        "{\"metadata\":{\"name\":\"x\"},\"deleteOptions\":{\"dryRun\":[\"All\"]}}");
    patch(
        pods + "/x/ephemeralcontainers",
        "strategic-merge-patch+json",
        "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"d\",\"image\":\"i\"}]}}");
    patch(
        pods + "/x/resize",
        "strategic-merge-patch+json",
        "{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"2\"}}}]}}");
    add(
        "PUT",
        pods + "/x/resize",
        "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"containers\":[{\"name\":\"c\","
            + "\"image\":\"nginx:1.27\",\"resources\":{\"limits\":{\"memory\":\"1Gi\"}}}]}}");
    patch(
        pods + "/x/resize?fieldManager=f",
        "apply-patch+yaml",
        """
        apiVersion: v1
        kind: Pod
        spec: {containers: [{name: c, resources: {requests: {cpu: 50m}}}]}
        """);
    add(
        "POST",
        "/api/v1/namespaces/default/services",
        "{\"metadata\":{\"name\":\"dual\"},\"spec\":{\"ipFamilyPolicy\":\"PreferDualStack\","
            + "\"ipFamilies\":[\"IPv4\",\"IPv6\"],\"clusterIPs\":[\"10.96.0.9\",\"fd00::9\"],"
            + "\"clusterIP\":\"10.96.0.9\",\"ports\":[{\"port\":80}]}}");
    add("GET", pods + "/x/log?follow=true");
    add("POST", pods + "/x/exec?command=sh");
    for (String target :
        List.of("/apis/apps/v1/namespaces/default/deployments/x", WIDGETS + "/x")) {
      add("GET", target + "/scale");
      add(
          "PUT",
          target + "/scale",
          "{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{\"name\":\"x\",\"namespace\":\"default\"},\"spec\":{\"replicas\":2}}");
      patch(target + "/scale", "merge-patch+json", "{\"spec\":{\"replicas\":3}}");
      patch(
          target + "/scale?fieldManager=f",
          "apply-patch+yaml",
          """
          apiVersion: autoscaling/v1
          kind: Scale
          spec: {replicas: 4}
          """);
    }
    add(
        "PUT",
        "/api/v1/namespaces/x/finalize",
        "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"finalizers\":[]}}");
    add("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"x\"}}");
    add(
        "PUT",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval",
        "{\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"request\":\"AQ==\",\"signerName\":\"example.com/signer\",\"usages\":[\"client"
            + " auth\"]},"
            + "\"status\":{\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\",\"reason\":\"r\"}]}}");
    patch(
        "/api/v1/namespaces/default/configmaps/y?fieldManager=yaml",
        "apply-patch+yaml",
        """
        # a comment
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: y
          labels: &l {a: b}
          annotations: *l
        data:
          text: |
            a
            b
        """);
  }

  private void documents() {
    for (String path :
        List.of(
            "/",
            "/api",
            "/api/v1",
            "/apis",
            "/apis/apps",
            "/apis/apps/v1",
            "/apis/example.com/v1",
            "/version",
            "/healthz",
            "/livez?verbose",
            "/readyz/store",
            "/openapi/v3",
            "/openapi/v3/apis/apps/v1",
            "/.well-known/openid-configuration",
            "/openid/v1/jwks",
            "/api/v1/componentstatuses",
            "/api/v1/watch/namespaces/default/pods",
            "/apis/appliance.croft.io/v1alpha1/appliancecomponents",
            "/metrics")) {
      add("GET", path);
    }
  }
}
