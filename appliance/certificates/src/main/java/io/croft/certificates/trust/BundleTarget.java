package io.croft.certificates.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Sha256;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The ConfigMaps that a bundle is written to, one per namespace, of the bundle's name. Written by
/// server-side apply under upstream's name: other keys in them stay.
final class BundleTarget {
  static final String FIELD_MANAGER = "trust-manager";
  static final String LABEL = "trust.cert-manager.io/bundle";

  private static final String HASH = "trust.cert-manager.io/hash";

  private final ApiClient client;
  private final ApiObject bundle;
  private final ObjectNode data = Json.object();
  private final ObjectNode binaryData = Json.object();
  private final String hash;

  /// @param client writes under [#FIELD_MANAGER]
  /// @param certificates at least one
  BundleTarget(ApiClient client, ApiObject bundle, List<X509Certificate> certificates)
      throws PkiException {
    this.client = client;
    this.bundle = bundle;
    JsonNode target = bundle.json().path("spec").path("target");
    String pem = Pem.encode(certificates);
    data.put(target.path("configMap").path("key").asText(""), pem);
    TrustStores.of(target.path("additionalFormats"), certificates)
        .forEach((key, bytes) -> binaryData.put(key, SecretData.encode(bytes)));
    this.hash = hash(pem, target);
  }

  /// Of what is written, without the stores, which differ each time that they are made.
  private static String hash(String pem, JsonNode target) {
    MessageDigest sha = Sha256.begin();
    sha.update(pem.getBytes(StandardCharsets.UTF_8));
    for (String part : List.of("configMap", "additionalFormats")) {
      if (target.get(part) instanceof ObjectNode object) {
        sha.update(Json.canonical(object).getBytes(StandardCharsets.UTF_8));
      }
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  /// Whether a ConfigMap, by its metadata, has all that is wanted.
  boolean isIn(ApiObject present) {
    Set<String> keys = new HashSet<>();
    data.fieldNames().forEachRemaining(keys::add);
    binaryData.fieldNames().forEachRemaining(keys::add);
    return controls(bundle, present)
        && bundle.name().equals(present.labels().get(LABEL))
        && hash.equals(present.annotations().get(HASH))
        && keys.equals(applied(present));
  }

  void write(String namespace) {
    JsonNode template = bundle.json().at("/spec/target/configMap/metadata");
    var labels = new LinkedHashMap<>(texts(template.path("labels")));
    labels.put(LABEL, bundle.name());
    var annotations = new LinkedHashMap<>(texts(template.path("annotations")));
    annotations.put(HASH, hash);
    ApiObject wanted = frame(bundle, namespace).setLabels(labels).setAnnotations(annotations);
    wanted.json().set("data", data.deepCopy());
    wanted.json().set("binaryData", binaryData.deepCopy());
    client.apply(Resources.CONFIG_MAPS, wanted);
  }

  /// Takes a bundle out of a ConfigMap that it is no longer meant for, and that with it if nothing
  /// else is in it.
  static void remove(ApiClient client, ApiObject bundle, String namespace) {
    ApiObject left =
        client.apply(
            Resources.CONFIG_MAPS,
            frame(bundle, namespace).setLabels(Map.of(LABEL, bundle.name())));
    if (left.json().path("data").isEmpty() && left.json().path("binaryData").isEmpty()) {
      client.delete(
          Resources.CONFIG_MAPS,
          namespace,
          bundle.name(),
          DeleteOptions.DEFAULT.withUid(left.uid()));
    }
  }

  static boolean controls(ApiObject bundle, ApiObject object) {
    return object.ownerReferences().stream()
        .anyMatch(o -> o.controller() && o.uid().equals(bundle.uid()));
  }

  private static ApiObject frame(ApiObject bundle, String namespace) {
    return ApiObject.of(Json.object().put("apiVersion", "v1").put("kind", "ConfigMap"))
        .setName(bundle.name())
        .setNamespace(namespace)
        .setOwnerReferences(
            List.of(
                new OwnerReference(
                    bundle.apiVersion(), bundle.kind(), bundle.name(), bundle.uid(), true, true)));
  }

  private static Map<String, String> texts(JsonNode map) {
    var texts = new LinkedHashMap<String, String>();
    map.properties().forEach(e -> texts.put(e.getKey(), e.getValue().asText("")));
    return texts;
  }

  /// The keys that are there under our name; one that somebody wrote over is not.
  private static Set<String> applied(ApiObject present) {
    Set<String> keys = new HashSet<>();
    for (JsonNode entry : present.metadata().path("managedFields")) {
      if (entry.path("manager").asText("").equals(FIELD_MANAGER)
          && entry.path("operation").asText("").equals("Apply")) {
        for (String part : List.of("f:data", "f:binaryData")) {
          entry.path("fieldsV1").path(part).properties().stream()
              .filter(f -> f.getKey().startsWith("f:"))
              .forEach(f -> keys.add(f.getKey().substring("f:".length())));
        }
      }
    }
    return keys;
  }
}
