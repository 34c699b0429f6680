package io.croft.apiserver.rest;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Item;
import io.croft.apiserver.registry.WatchEvent;
import io.croft.apiserver.resource.ResourceType;
import io.croft.base.http.HttpRequest;
import io.croft.model.Json;
import io.croft.model.Statuses;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
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
  private ObjectNode listHead() {
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

  /// An object as a list holds it.
  byte[] listItem(Item item) {
    return switch (form) {
      case OBJECT -> item.bytes();
      case METADATA -> Json.bytes(Tables.partial(item.json()));
      case TABLE -> Json.bytes(Tables.row(type, item.json(), include, clock.instant()));
    };
  }

  /// A whole list.
  ///
  /// @param metadata the list's own
  byte[] list(List<Item> items, ObjectNode metadata) {
    ObjectNode head = listHead();
    head.set("metadata", metadata);
    var list = new ByteArrayOutputStream();
    list.writeBytes(open(head));
    String separator = "";
    for (Item item : items) {
      list.writeBytes(separator.getBytes(US_ASCII));
      list.writeBytes(listItem(item));
      separator = ",";
    }
    list.writeBytes("]}".getBytes(US_ASCII));
    return list.toByteArray();
  }

  /// A list up to its first object.
  byte[] listStart() {
    return open(listHead());
  }

  private byte[] open(ObjectNode head) {
    head.putArray(form == Representation.TABLE ? "rows" : "items");
    byte[] whole = Json.bytes(head);
    return Arrays.copyOf(whole, whole.length - 2); // without the closing bracket and brace
  }

  /// One line of a watch, without its end.
  byte[] event(WatchEvent event) {
    byte[] object =
        switch (event.type()) {
          case ERROR -> event.object().bytes();
          case ADDED, MODIFIED, DELETED, BOOKMARK ->
              switch (form) {
                case OBJECT -> event.object().bytes();
                case METADATA -> Json.bytes(Tables.partial(event.object().json()));
                case TABLE -> Json.bytes(row(event.object().json()));
              };
        };
    byte[] head = ("{\"type\":\"" + event.type() + "\",\"object\":").getBytes(US_ASCII);
    return ByteBuffer.allocate(head.length + object.length + 1)
        .put(head)
        .put(object)
        .put((byte) '}')
        .array();
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
