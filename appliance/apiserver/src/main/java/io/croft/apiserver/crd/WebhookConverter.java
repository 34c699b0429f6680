package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.outbound.ClientConfig;
import io.croft.apiserver.outbound.WebhookClient;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.Shortened;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.schema.StructuralSchema;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Has the webhook of a definition convert objects between its versions. A webhook may change
/// everything but what an object is: of its metadata only labels and annotations are taken from the
/// answer. Thread-safe.
final class WebhookConverter {
  /// kube-apiserver's.
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final int MAX_MESSAGE_CHARS = 4096;

  private final ClientConfig webhook;
  private final String reviewVersion;
  private final Map<String, StructuralSchema> schemas;
  private final WebhookClient client;

  /// @param conversion the definition's `spec.conversion`
  /// @param schemas of all versions, by `apiVersion`
  WebhookConverter(
      JsonNode conversion, Map<String, StructuralSchema> schemas, WebhookClient client) {
    JsonNode settings = conversion.path("webhook");
    this.webhook = ClientConfig.of(settings.path("clientConfig"));
    this.reviewVersion = reviewVersion(settings.path("conversionReviewVersions"));
    this.schemas = Map.copyOf(schemas);
    this.client = client;
  }

  private static String reviewVersion(JsonNode versions) {
    for (JsonNode version : versions) {
      if (List.of("v1", "v1beta1").contains(version.asText())) {
        return version.asText();
      }
    }
    return "v1"; // cannot be: the definition would be invalid
  }

  /// Objects of any versions in the one that is wanted, in the same order; those that are in it
  /// already are left as they are.
  ///
  /// @throws StatusException 500 when the webhook cannot be asked or its answer is none
  List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion) {
    List<ObjectNode> others = objects.stream().filter(o -> differs(o, apiVersion)).toList();
    if (others.isEmpty()) {
      return objects;
    }
    List<ObjectNode> converted = ask(others, apiVersion);
    var all = new ArrayList<ObjectNode>(objects.size());
    int next = 0;
    for (ObjectNode object : objects) {
      all.add(differs(object, apiVersion) ? converted.get(next++) : object);
    }
    return all;
  }

  /// What is empty is the same in every version.
  private static boolean differs(ObjectNode object, String apiVersion) {
    return !object.isEmpty() && !object.path("apiVersion").asText("").equals(apiVersion);
  }

  private List<ObjectNode> ask(List<ObjectNode> objects, String apiVersion) {
    String uid = UUID.randomUUID().toString();
    String reviewApi = "apiextensions.k8s.io/" + reviewVersion;
    ObjectNode review = Json.object().put("kind", "ConversionReview").put("apiVersion", reviewApi);
    ObjectNode request = review.putObject("request");
    request
        .put("uid", uid)
        .put("desiredAPIVersion", apiVersion)
        .putArray("objects")
        .addAll(objects);
    ApiObject first = ApiObject.of(objects.getFirst());
    String what = "conversion webhook for " + first.apiVersion() + ", Kind=" + first.kind() + " ";
    JsonNode answers;
    try {
      answers = converted(client.ask(webhook, review, TIMEOUT), reviewApi, uid);
    } catch (IOException e) {
      throw failure(what + "failed: " + e.getMessage());
    }
    if (answers.size() != objects.size()) {
      throw failure(
          what + "returned %d objects, expected %d".formatted(answers.size(), objects.size()));
    }
    var results = new ArrayList<ObjectNode>(objects.size());
    for (int i = 0; i < objects.size(); i++) {
      try {
        results.add(checked(objects.get(i), answers.get(i), apiVersion));
      } catch (IOException e) {
        throw failure(
            what + "returned invalid converted object at index " + i + ": " + e.getMessage());
      }
    }
    return results;
  }

  private static JsonNode converted(ObjectNode answer, String reviewApi, String uid)
      throws IOException {
    ApiObject review = ApiObject.of(answer);
    if (!review.apiVersion().equals(reviewApi) || !review.kind().equals("ConversionReview")) {
      throw new IOException(
          "expected webhook response of %s, Kind=ConversionReview, got %s, Kind=%s"
              .formatted(reviewApi, review.apiVersion(), review.kind()));
    }
    JsonNode response = answer.path("response");
    if (!response.isObject()) {
      throw new IOException("no response provided");
    }
    if (!response.path("uid").asText("").equals(uid)) {
      throw new IOException(
          "expected response.uid=\"%s\", got \"%s\""
              .formatted(uid, response.path("uid").asText("")));
    }
    String result = response.path("result").path("status").asText("");
    if (!result.equals("Success")) {
      String message = response.path("result").path("message").asText("");
      throw new IOException(
          message.isEmpty()
              ? "response.result.status was '%s', not 'Success'".formatted(result)
              : message);
    }
    return response.path("convertedObjects");
  }

  private ObjectNode checked(ObjectNode original, JsonNode answer, String apiVersion)
      throws IOException {
    if (!(answer instanceof ObjectNode result)) {
      throw new IOException("it is no object");
    }
    ApiObject before = ApiObject.of(original);
    ApiObject after = ApiObject.of(result);
    same("apiVersion", apiVersion, after.apiVersion());
    same("kind", before.kind(), after.kind());
    if (!(result.get("metadata") instanceof ObjectNode metadata)) {
      throw new IOException("metadata must be an object");
    }
    same("name", before.name(), after.name());
    same("namespace", before.namespace(), after.namespace());
    same("UID", before.uid(), after.uid());
    result.set("metadata", restored(before.metadata(), metadata));
    StructuralSchema schema = schemas.get(apiVersion);
    if (schema != null) {
      schema.prune(result);
    }
    return result;
  }

  private static void same(String what, String expected, String got) throws IOException {
    if (!expected.equals(got)) {
      throw new IOException(
          "must have the same " + what + ": " + expected + " != " + Shortened.text(got, 256));
    }
  }

  /// The metadata as it was, with the labels and annotations of the answer.
  private static ObjectNode restored(ObjectNode before, ObjectNode answered) throws IOException {
    ObjectNode restored = Json.object();
    restored.setAll(before);
    for (String part : List.of("labels", "annotations")) {
      JsonNode texts = answered.path(part);
      restored.remove(part);
      if (texts.isMissingNode() || texts.isNull()) {
        continue;
      }
      boolean good = texts.isObject();
      for (JsonNode text : texts) {
        good &= text.isTextual();
      }
      if (!good) {
        throw new IOException("metadata." + part + " must be texts by name");
      }
      if (!texts.isEmpty()) {
        restored.set(part, texts);
      }
    }
    return restored;
  }

  /// As kube-apiserver words and codes it.
  private static StatusException failure(String message) {
    return new StatusException(
        new Status(false, 500, "", Shortened.text(message, MAX_MESSAGE_CHARS), null));
  }
}
