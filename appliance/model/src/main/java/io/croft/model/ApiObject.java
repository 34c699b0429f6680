package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A typed view of an object's JSON tree: it keeps nothing itself, every read looks at the tree and
/// every write changes it. Absent text reads as `""`, an absent number as 0, an absent list or map
/// as empty; a value of the wrong type reads as absent (validation reports it). As thread-safe as
/// the tree is: share it only while nobody writes.
public final class ApiObject {
  private final ObjectNode json;

  private ApiObject(ObjectNode json) {
    this.json = json;
  }

  /// A view of `json`, not a copy.
  public static ApiObject of(ObjectNode json) {
    return new ApiObject(json);
  }

  /// The tree that is viewed.
  public ObjectNode json() {
    return json;
  }

  /// A view of a deep copy.
  public ApiObject copy() {
    return new ApiObject(json.deepCopy());
  }

  public String apiVersion() {
    return text(json, "apiVersion");
  }

  public String kind() {
    return text(json, "kind");
  }

  /// @throws IllegalArgumentException when `apiVersion` is malformed
  public GroupVersionKind gvk() {
    return GroupVersionKind.parse(apiVersion(), kind());
  }

  /// The `metadata` object; created when it is absent or not an object.
  public ObjectNode metadata() {
    return json.get("metadata") instanceof ObjectNode metadata
        ? metadata
        : json.putObject("metadata");
  }

  public String name() {
    return text("name");
  }

  public String generateName() {
    return text("generateName");
  }

  public String namespace() {
    return text("namespace");
  }

  public String uid() {
    return text("uid");
  }

  public String resourceVersion() {
    return text("resourceVersion");
  }

  public long generation() {
    return json.path("metadata").path("generation").asLong(0);
  }

  /// In the order of the JSON; unmodifiable.
  public Map<String, String> labels() {
    return texts("labels");
  }

  /// In the order of the JSON; unmodifiable.
  public Map<String, String> annotations() {
    return texts("annotations");
  }

  /// In order; unmodifiable.
  public List<String> finalizers() {
    var finalizers = new ArrayList<String>();
    for (JsonNode item : json.path("metadata").path("finalizers")) {
      finalizers.add(item.asText());
    }
    return Collections.unmodifiableList(finalizers);
  }

  /// In order; unmodifiable.
  public List<OwnerReference> ownerReferences() {
    var owners = new ArrayList<OwnerReference>();
    for (JsonNode item : json.path("metadata").path("ownerReferences")) {
      owners.add(OwnerReference.parse(item));
    }
    return Collections.unmodifiableList(owners);
  }

  /// Null when absent or not RFC 3339.
  public @Nullable Instant creationTimestamp() {
    return time("creationTimestamp");
  }

  /// When the object's deletion was asked for; null when absent or not RFC 3339.
  public @Nullable Instant deletionTimestamp() {
    return time("deletionTimestamp");
  }

  public ApiObject setType(GroupVersionKind gvk) {
    return setApiVersion(gvk.apiVersion()).setKind(gvk.kind());
  }

  public ApiObject setApiVersion(String apiVersion) {
    return put(json, "apiVersion", apiVersion);
  }

  public ApiObject setKind(String kind) {
    return put(json, "kind", kind);
  }

  public ApiObject setName(String name) {
    return put(metadata(), "name", name);
  }

  public ApiObject setGenerateName(String prefix) {
    return put(metadata(), "generateName", prefix);
  }

  public ApiObject setNamespace(String namespace) {
    return put(metadata(), "namespace", namespace);
  }

  public ApiObject setUid(String uid) {
    return put(metadata(), "uid", uid);
  }

  public ApiObject setResourceVersion(String resourceVersion) {
    return put(metadata(), "resourceVersion", resourceVersion);
  }

  /// @param generation 0 removes it
  public ApiObject setGeneration(long generation) {
    if (generation == 0) {
      metadata().remove("generation");
    } else {
      metadata().set("generation", Json.number(generation));
    }
    return this;
  }

  /// @param time stored to the second, as Kubernetes does; null removes it
  public ApiObject setCreationTimestamp(@Nullable Instant time) {
    return put(metadata(), "creationTimestamp", format(time));
  }

  /// @param time stored to the second, as Kubernetes does; null removes it
  public ApiObject setDeletionTimestamp(@Nullable Instant time) {
    return put(metadata(), "deletionTimestamp", format(time));
  }

  public ApiObject setFinalizers(List<String> finalizers) {
    metadata().remove("finalizers");
    if (!finalizers.isEmpty()) {
      var items = metadata().putArray("finalizers");
      finalizers.forEach(items::add);
    }
    return this;
  }

  public ApiObject setOwnerReferences(List<OwnerReference> owners) {
    metadata().remove("ownerReferences");
    if (!owners.isEmpty()) {
      var items = metadata().putArray("ownerReferences");
      owners.forEach(owner -> items.add(owner.toJson()));
    }
    return this;
  }

  public ApiObject setLabels(Map<String, String> labels) {
    return put("labels", labels);
  }

  public ApiObject setAnnotations(Map<String, String> annotations) {
    return put("annotations", annotations);
  }

  /// The value at the end of a path of keys; empty when any step is absent. A JSON null is a value.
  public Optional<JsonNode> at(String... path) {
    JsonNode at = json;
    for (String key : path) {
      at = at.path(key);
    }
    return at.isMissingNode() ? Optional.empty() : Optional.of(at);
  }

  /// The object as compact JSON. Not for logs: it shows Secrets in the clear.
  @Override
  public String toString() {
    return Json.text(json);
  }

  private String text(String key) {
    return text(json.path("metadata"), key);
  }

  private static String text(JsonNode from, String key) {
    String text = from.path(key).textValue();
    return text == null ? "" : text;
  }

  private Map<String, String> texts(String key) {
    var texts = new LinkedHashMap<String, String>();
    for (var entry : json.path("metadata").path(key).properties()) {
      texts.put(entry.getKey(), entry.getValue().asText());
    }
    return Collections.unmodifiableMap(texts);
  }

  private @Nullable Instant time(String key) {
    try {
      String text = text(key);
      return text.isEmpty() ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static String format(@Nullable Instant time) {
    return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private ApiObject put(ObjectNode into, String key, String value) {
    if (value.isEmpty()) {
      into.remove(key);
    } else {
      into.put(key, value);
    }
    return this;
  }

  private ApiObject put(String key, Map<String, String> texts) {
    metadata().remove(key);
    if (!texts.isEmpty()) {
      texts.forEach(metadata().putObject(key)::put);
    }
    return this;
  }
}
