package io.croft.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads objects as they are stored. `metadata.managedFields`, which may be as large as the rest
/// and which hardly any request looks at, stays text: a single node, copied and written as it is,
/// until {@link #read} makes a tree of it. Thread-safe.
public final class StoredJson {
  private StoredJson() {}

  /// @throws MalformedJsonException when the bytes are not JSON, or not an object
  public static ObjectNode parse(byte[] json) throws MalformedJsonException {
    return Json.parsing(() -> {
      try (JsonParser parser = Json.ownParser(json)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw new MalformedJsonException("expected a JSON object");
        }
        ObjectNode object = object(parser, json, 0);
        if (parser.nextToken() != null) {
          throw new MalformedJsonException("there is more after the end of the value");
        }
        return object;
      }
    });
  }

  /// @param depth 0 for the object itself, 1 for its metadata
  private static ObjectNode object(JsonParser parser, byte[] json, int depth)
      throws IOException, MalformedJsonException {
    ObjectNode object = Json.object();
    String name = parser.nextFieldName();
    while (name != null) {
      JsonToken token = parser.nextToken();
      if (depth == 0 && token == JsonToken.START_OBJECT && name.equals("metadata")) {
        object.set(name, object(parser, json, 1));
      } else if (depth == 1 && token == JsonToken.START_ARRAY && name.equals("managedFields")) {
        object.set(name, text(parser, json));
      } else {
        object.set(name, Json.ownTree(parser));
      }
      name = parser.nextFieldName();
    }
    return object;
  }

  private static JsonNode text(JsonParser parser, byte[] json) throws IOException {
    int start = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    int end = (int) parser.currentLocation().getByteOffset();
    return new POJONode(new RawValue(new String(json, start, end - start, StandardCharsets.UTF_8)));
  }

  /// The tree of a node that may still be text.
  public static JsonNode read(JsonNode node) {
    if (!(node instanceof POJONode text) || !(text.getPojo() instanceof RawValue raw)) {
      return node;
    }
    try {
      return Json.parseOwn(((String) raw.rawValue()).getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new IllegalStateException("what was read before cannot be read again", e);
    }
  }

  /// An object all of which can be looked at. Its parts are shared with the one given, which stays
  /// as it is.
  public static ObjectNode whole(ObjectNode object) {
    if (!(object.path("metadata") instanceof ObjectNode metadata)
        || !(metadata.get("managedFields") instanceof POJONode text)) {
      return object;
    }
    ObjectNode whole = Json.object().setAll(object);
    ObjectNode shown = whole.putObject("metadata");
    shown.setAll(metadata);
    shown.set("managedFields", read(text));
    return whole;
  }

  /// An object as it is stored, as text with its resource version. It is not decoded, so this is
  /// fast.
  ///
  /// @return null when the object is not of that `apiVersion`, or when only decoding can tell
  public static byte @Nullable [] verbatim(byte[] json, String apiVersion, long revision) {
    int at = ObjectScan.metadata(json, apiVersion.getBytes(StandardCharsets.UTF_8));
    if (at < 0) {
      return null;
    }
    String separator = json[at] == '}' ? "" : ",";
    byte[] version =
        ("\"resourceVersion\":\"" + revision + "\"" + separator)
            .getBytes(StandardCharsets.US_ASCII);
    byte[] whole = new byte[json.length + version.length];
    System.arraycopy(json, 0, whole, 0, at);
    System.arraycopy(version, 0, whole, at, version.length);
    System.arraycopy(json, at, whole, at + version.length, json.length - at);
    return whole;
  }
}
