package io.croft.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import java.util.ArrayList;
import java.util.List;

/// An answer to a list.
///
/// @param resourceVersion the version of the store that the list shows; a watch goes on from here
/// @param continueToken where the next page begins; empty when this was the last one
/// @param items in the server's order, each with its `apiVersion` and `kind`
public record ObjectList(String resourceVersion, String continueToken, List<ApiObject> items) {
  public ObjectList {
    items = List.copyOf(items);
  }

  static ObjectList of(ObjectNode json) {
    JsonNode metadata = json.path("metadata");
    String apiVersion = json.path("apiVersion").asText();
    String listKind = json.path("kind").asText();
    String itemKind =
        listKind.endsWith("List") ? listKind.substring(0, listKind.length() - 4) : listKind;
    List<ApiObject> items = new ArrayList<>();
    for (JsonNode item : json.path("items")) {
      if (item instanceof ObjectNode object) {
        items.add(ApiObject.of(named(object, apiVersion, itemKind)));
      }
    }
    return new ObjectList(
        metadata.path("resourceVersion").asText(), metadata.path("continue").asText(), items);
  }

  /// Lists of built-in kinds say what their items are once, in the list's own kind.
  private static ObjectNode named(ObjectNode item, String apiVersion, String kind) {
    if (!item.hasNonNull("kind")) {
      item.put("kind", kind);
    }
    if (!item.hasNonNull("apiVersion")) {
      item.put("apiVersion", apiVersion);
    }
    return item;
  }
}
