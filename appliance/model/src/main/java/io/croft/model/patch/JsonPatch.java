package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;

/// JSON Patch, RFC 6902. Messages follow those of the library that kube-apiserver uses.
public final class JsonPatch {
  /// Most operations of one patch.
  public static final int MAX_OPERATIONS = 10_000;

  /// Most that the values of all `copy` operations may add up to, in bytes of JSON: a few of them
  /// could otherwise double a document into the sky.
  public static final long MAX_COPIED_BYTES = 3L << 20;

  private JsonNode document;
  private long copiedBytes;

  private JsonPatch(JsonNode document) {
    this.document = document;
  }

  /// The document after the patch; the one handed in is not changed. Either every operation is
  /// carried out or none is.
  ///
  /// @throws PatchException when the patch is malformed, too large or does not fit
  public static JsonNode apply(JsonNode document, ArrayNode patch) {
    if (patch.size() > MAX_OPERATIONS) {
      throw PatchException.tooLarge(
          "The allowed maximum operations in a JSON patch is "
              + MAX_OPERATIONS
              + ", got "
              + patch.size());
    }
    var run = new JsonPatch(document.deepCopy());
    for (JsonNode operation : patch) {
      run.operate(operation);
    }
    refuseTooDeep(run.document);
    return run.document;
  }

  /// Moving a value into a new wrapper again and again can nest deeper than any parser accepts, and
  /// than what walks trees recursively can bear.
  private static void refuseTooDeep(JsonNode value) {
    if (isDeeperThan(Json.MAX_DEPTH, value)) {
      throw PatchException.tooLarge(
          "the patched object is nested deeper than " + Json.MAX_DEPTH + " levels");
    }
  }

  private static boolean isDeeperThan(int levels, JsonNode value) {
    if (value.isContainerNode()) {
      if (levels == 0) {
        return true;
      }
      for (JsonNode child : value) {
        if (isDeeperThan(levels - 1, child)) {
          return true;
        }
      }
    }
    return false;
  }

  private void operate(JsonNode operation) {
    String name = member(operation, "op");
    JsonPointer path = JsonPointer.parse(member(operation, "path"));
    switch (name) {
      case "add" -> add(path, value(operation, name).deepCopy(), name);
      case "remove" -> remove(path, name);
      case "replace" -> replace(path, value(operation, name).deepCopy());
      case "move" -> move(JsonPointer.parse(member(operation, "from")), path);
      case "copy" -> copy(JsonPointer.parse(member(operation, "from")), path);
      case "test" -> test(path, value(operation, name));
      default -> throw PatchException.malformed("Unexpected kind: " + name);
    }
  }

  private static String member(JsonNode operation, String key) {
    if (operation.path(key).isTextual()) {
      return operation.path(key).textValue();
    }
    throw PatchException.malformed(
        "a JSON patch operation needs the text member \"" + key + "\": " + operation);
  }

  private static JsonNode value(JsonNode operation, String name) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw PatchException.malformed(name + " operation has no value: " + operation);
    }
    return value;
  }

  private void add(JsonPointer path, JsonNode value, String operation) {
    if (path.isRoot()) {
      document = value;
      return;
    }
    switch (path.findParent(document)) {
      case ObjectNode object -> object.set(path.lastToken(), value);
      case ArrayNode array -> insert(array, path, value, operation);
      case null, default -> throw missingPath(operation, path);
    }
  }

  private static void insert(ArrayNode array, JsonPointer path, JsonNode value, String operation) {
    String token = path.lastToken();
    int index = token.equals("-") ? array.size() : JsonPointer.index(token, array.size() + 1);
    if (index < 0) {
      throw invalidIndex(operation, path);
    }
    array.insert(index, value);
  }

  private JsonNode remove(JsonPointer path, String operation) {
    if (path.isRoot()) {
      throw PatchException.notApplicable(
          operation + " operation cannot take away the whole object");
    }
    JsonNode parent = path.findParent(document);
    if (parent instanceof ArrayNode array) {
      int index = JsonPointer.index(path.lastToken(), array.size());
      if (index < 0) {
        throw invalidIndex(operation, path);
      }
      return array.remove(index);
    }
    if (!(parent instanceof ObjectNode object)) {
      throw missingPath(operation, path);
    }
    JsonNode removed = object.remove(path.lastToken());
    if (removed == null) {
      throw PatchException.notApplicable(
          "error in "
              + operation
              + " for path: '"
              + path.text()
              + "': Unable to remove nonexistent key: "
              + path.lastToken()
              + ": missing value");
    }
    return removed;
  }

  private void replace(JsonPointer path, JsonNode value) {
    if (path.find(document) == null) {
      throw PatchException.notApplicable(
          "replace operation does not apply: doc is missing key: "
              + path.text()
              + ": missing value");
    }
    if (path.isRoot()) {
      document = value;
    } else if (path.findParent(document) instanceof ArrayNode array) {
      array.set(Integer.parseInt(path.lastToken()), value);
    } else if (path.findParent(document) instanceof ObjectNode object) {
      object.set(path.lastToken(), value);
    }
  }

  private void move(JsonPointer from, JsonPointer path) {
    if (from.isAncestorOf(path)) {
      throw PatchException.notApplicable(
          "move operation does not apply: cannot move " + from.text() + " into itself");
    }
    if (from.equals(path)) {
      found(from, "move");
      return;
    }
    add(path, remove(from, "move"), "move");
  }

  private void copy(JsonPointer from, JsonPointer path) {
    JsonNode value = found(from, "copy");
    refuseTooDeep(value);
    copiedBytes += Json.bytes(value).length;
    if (copiedBytes > MAX_COPIED_BYTES) {
      throw PatchException.tooLarge(
          "Unable to complete the copy, the accumulated size increase of copy is "
              + copiedBytes
              + ", exceeding the limit "
              + MAX_COPIED_BYTES);
    }
    add(path, value.deepCopy(), "copy");
  }

  private void test(JsonPointer path, JsonNode expected) {
    JsonNode actual = path.find(document);
    // As kube-apiserver, a test for null also passes on a key that is not there.
    boolean passes = actual == null ? expected.isNull() : Json.same(actual, expected);
    if (!passes) {
      throw PatchException.testFailed("testing value " + path.text() + " failed: test failed");
    }
  }

  private JsonNode found(JsonPointer path, String operation) {
    JsonNode value = path.find(document);
    if (value == null) {
      throw PatchException.notApplicable(
          operation
              + " operation does not apply: doc is missing from path: "
              + path.text()
              + ": missing value");
    }
    return value;
  }

  private static PatchException missingPath(String operation, JsonPointer path) {
    return PatchException.notApplicable(
        operation
            + " operation does not apply: doc is missing path: \""
            + path.text()
            + "\": missing value");
  }

  private static PatchException invalidIndex(String operation, JsonPointer path) {
    return PatchException.notApplicable(
        "error in "
            + operation
            + " for path: '"
            + path.text()
            + "': Unable to access invalid index: "
            + path.lastToken()
            + ": invalid index referenced");
  }
}
