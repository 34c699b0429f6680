package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.WatchEvent;
import io.croft.apiserver.resource.ResourceType;
import io.croft.base.http.HttpRequest;
import io.croft.model.Json;
import io.croft.model.Statuses;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// Puts objects into the form that one request asks for.
final class Rendering {
  private final ResourceType type;
  private final Representation form;
  private final Tables.Include include;
  private final InstantSource clock;
  private boolean columnsTold;

  Rendering(ResourceType type, HttpRequest request, InstantSource clock) {
    this.type = type;
    this.form = Representation.negotiate(request.headers());
    this.include = include(request.query().first("includeObject").orElse("Metadata"));
    this.clock = clock;
  }

  private static Tables.Include include(String value) {
    return switch (value) {
      case "None" -> Tables.Include.NONE;
      case "Metadata", "" -> Tables.Include.METADATA;
      case "Object" -> Tables.Include.OBJECT;
      default ->
          throw Statuses.badRequest(
              "includeObject must be None, Metadata or Object, not \"" + value + "\"");
    };
  }

  ObjectNode object(ObjectNode object) {
    return switch (form) {
      case OBJECT -> object;
      case METADATA -> Tables.partial(object);
      case TABLE -> {
        ObjectNode metadata = Json.object();
        String version = object.path("metadata").path("resourceVersion").asText("");
        metadata.put("resourceVersion", version);
        yield table(List.of(object), metadata, true);
      }
    };
  }

  /// A list but for its objects and its metadata: what it is, and for a table its columns.
  ObjectNode listHead() {
    return switch (form) {
      case OBJECT -> head(type.names().listKind(), type.gvr().apiVersion());
      case METADATA -> head("PartialObjectMetadataList", Tables.META);
      case TABLE -> {
        ObjectNode table = head("Table", Tables.META);
        table.set("columnDefinitions", Tables.definitions(type));
        yield table;
      }
    };
  }

  private static ObjectNode head(String kind, String apiVersion) {
    return Json.object().put("kind", kind).put("apiVersion", apiVersion);
  }

  /// The field of a list that holds the objects.
  String listField() {
    return form == Representation.TABLE ? "rows" : "items";
  }

  /// An object as a list holds it.
  ObjectNode listItem(ObjectNode object) {
    return switch (form) {
      case OBJECT -> object;
      case METADATA -> Tables.partial(object);
      case TABLE -> Tables.row(type, object, include, clock.instant());
    };
  }

  /// A whole list.
  ///
  /// @param metadata the list's own
  ObjectNode list(List<ObjectNode> objects, ObjectNode metadata) {
    ObjectNode list = listHead();
    list.set("metadata", metadata);
    ArrayNode items = list.putArray(listField());
    objects.forEach(object -> items.add(listItem(object)));
    return list;
  }

  /// One line of a watch, without its end.
  ObjectNode event(WatchEvent event) {
    ObjectNode json = Json.object().put("type", event.type().name());
    ObjectNode object = event.object();
    json.set(
        "object",
        switch (event.type()) {
          case ERROR -> object;
          case ADDED, MODIFIED, DELETED, BOOKMARK ->
              form == Representation.TABLE ? row(object) : object(object);
        });
    return json;
  }

  private ObjectNode row(ObjectNode object) {
    ObjectNode metadata = Json.object();
    metadata.put("resourceVersion", object.path("metadata").path("resourceVersion").asText(""));
    ObjectNode table = table(List.of(object), metadata, !columnsTold);
    columnsTold = true;
    return table;
  }

  private ObjectNode table(List<ObjectNode> objects, ObjectNode metadata, boolean definitions) {
    Instant now = clock.instant();
    return Tables.table(type, objects, metadata, include, definitions, now);
  }
}
