package io.croft.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Finds its way through the text of an object without making a tree of it. Looks at names and at
/// brackets only: for text that this program wrote, and that checksums have kept. Used once.
final class ObjectScan {
  private static final byte[] API_VERSION = ascii("apiVersion");
  private static final byte[] METADATA = ascii("metadata");
  private static final byte[] RESOURCE_VERSION = ascii("resourceVersion");

  private final byte[] json;
  private int at;

  /// Where the metadata begins, behind its bracket; -1 when unknown.
  private int metadata = -1;

  private ObjectScan(byte[] json) {
    this.json = json;
  }

  /// Where the first field of an object's metadata is, or the bracket that closes it.
  ///
  /// @return -1 when the object is not of that `apiVersion`, when it has no metadata, when that has
  ///   a resource version already, or when the text is written in an unusual way
  static int metadata(byte[] json, byte[] apiVersion) {
    var scan = new ObjectScan(json);
    try {
      boolean usual = scan.object(apiVersion) && scan.at == json.length;
      return usual ? scan.metadata : -1;
    } catch (ArrayIndexOutOfBoundsException e) {
      return -1; // cut off
    }
  }

  private boolean object(byte[] apiVersion) {
    if (json[at++] != '{') {
      return false;
    }
    boolean versionSeen = false;
    while (json[at] == '"') {
      int start = at + 1;
      int end = string();
      if (json[at++] != ':') {
        return false;
      }
      if (is(API_VERSION, start, end)) {
        int value = at + 1;
        if (versionSeen || json[at] != '"' || !is(apiVersion, value, string())) {
          return false;
        }
        versionSeen = true;
      } else if (is(METADATA, start, end)) {
        if (metadata >= 0 || !metadata()) {
          return false;
        }
      } else {
        value();
      }
      if (json[at] == ',') {
        at++;
      }
    }
    return json[at++] == '}' && versionSeen;
  }

  private boolean metadata() {
    if (json[at++] != '{') {
      return false;
    }
    metadata = at;
    while (json[at] == '"') {
      int start = at + 1;
      int end = string();
      if (json[at++] != ':' || is(RESOURCE_VERSION, start, end)) {
        return false;
      }
      value();
      if (json[at] == ',') {
        at++;
      }
    }
    return json[at++] == '}';
  }

  /// Goes behind a string.
  ///
  /// @return where it ends, before the quotation mark
  private int string() {
    at++;
    while (json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    return at++;
  }

  /// Goes behind a value.
  private void value() {
    int depth = 0;
    do {
      switch (json[at]) {
        case '"' -> string();
        case '{', '[' -> {
          depth++;
          at++;
        }
        case '}', ']' -> {
          depth--;
          at++;
        }
        default -> at++;
      }
    } while (depth > 0 || !endsValue(json[at]));
  }

  private static boolean endsValue(byte next) {
    return next == ',' || next == '}' || next == ']';
  }

  /// Names that are written with escapes are none that are looked for: the server writes none such.
  private boolean is(byte[] text, int start, int end) {
    return Arrays.equals(text, 0, text.length, json, start, end);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
