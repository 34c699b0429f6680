package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.model.schema.StructuralSchema;
import io.croft.security.AuditSearch;
import io.croft.security.UserInfo;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Questions to the audit log, put like access reviews: `spec` says what is looked for, `status`
/// has the events. Whoever may create them sees what everybody did.
final class AuditQueries implements Backing.Computed {
  static final GroupVersionResource RESOURCE =
      new GroupVersionResource("audit.croft.io", "v1alpha1", "auditqueries");
  private static final String KIND = "AuditQuery";
  private static final int USUAL_LIMIT = 100;

  private static final Map<String, String> TEXTS =
      Map.of(
          "user", "The name of the user who sent the requests.",
          "verb", "The verb.",
          "group", "The API group of the resource.",
          "resource", "The plural name of the resource.",
          "namespace", "The namespace of the object.",
          "name", "The name of the object.",
          "since", "Events of this time or later.",
          "until", "Events before this time.");

  private final AuditSearch search;

  private AuditQueries(AuditSearch search) {
    this.search = search;
  }

  static ResourceType type(AuditSearch search) {
    ObjectNode schema = schema();
    return new ResourceType(
        RESOURCE,
        new ResourceType.Names(KIND, KIND, "auditquery", List.of(), List.of()),
        false,
        Set.of("create"),
        Set.of(),
        new AuditQueries(search),
        StructuralSchema.parse(schema),
        null,
        schema,
        List.of(Column.NAME),
        Set.of(),
        true);
  }

  private static ObjectNode schema() {
    ObjectNode schema =
        Json.object()
            .put("type", "object")
            .put("description", "A question to the audit log, which is answered and not kept.");
    ObjectNode properties = schema.putObject("properties");
    ObjectNode spec =
        properties
            .putObject("spec")
            .put("type", "object")
            .put("description", "What is looked for; a field that is not set is for all.")
            .putObject("properties");
    TEXTS.forEach((name, description) ->
        spec.putObject(name).put("type", "string").put("description", description));
    spec.putObject("limit")
        .put("type", "integer")
        .put("minimum", 1)
        .put("maximum", AuditSearch.MAX_EVENTS)
        .put("description", "How many events at most; 100 unless set.");
    ObjectNode status =
        properties.putObject("status").put("type", "object").putObject("properties");
    status
        .putObject("events")
        .put("type", "array")
        .put("description", "The events, of audit.k8s.io/v1, the newest first.")
        .putObject("items")
        .put("type", "object")
        .put("x-kubernetes-preserve-unknown-fields", true);
    status
        .putObject("complete")
        .put("type", "boolean")
        .put("description", "Whether there were no more.");
    return schema;
  }

  @Override
  public ObjectNode create(ObjectNode question, String namespace, UserInfo user) {
    JsonNode spec = question.path("spec");
    AuditSearch.Found found;
    try {
      found =
          search.find(
              new AuditSearch.Wanted(
                  text(spec, "user"),
                  text(spec, "verb"),
                  text(spec, "group"),
                  text(spec, "resource"),
                  text(spec, "namespace"),
                  text(spec, "name"),
                  time(spec, "since", Instant.EPOCH),
                  time(spec, "until", Instant.MAX),
                  spec.path("limit").asInt(USUAL_LIMIT)));
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("spec: " + e.getMessage());
    }
    ObjectNode status = question.putObject("status").put("complete", found.complete());
    found.events().forEach(status.putArray("events")::add);
    return question;
  }

  private static String text(JsonNode spec, String name) {
    return spec.path(name).asText("");
  }

  private static Instant time(JsonNode spec, String name, Instant otherwise) {
    String text = text(spec, name);
    try {
      return text.isEmpty() ? otherwise : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          name + " is no time such as 2026-01-31T12:00:00Z: \"" + text + "\"", e);
    }
  }
}
