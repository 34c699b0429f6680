package io.croft.apiserver.builtin;

import io.croft.model.Statuses;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads protobuf's wire format: varints, fixed numbers, and pieces with a length in front. Every
/// malformed message ends in a 400.
final class Wire {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private final byte[] bytes;
  private int at;

  Wire(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean atEnd() {
    return at >= bytes.length;
  }

  /// The next field's number and type, as `number << 3 | type`.
  int tag() {
    long tag = varint();
    if (tag >>> 3 == 0 || tag > Integer.MAX_VALUE) {
      throw malformed();
    }
    return (int) tag;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (atEnd()) {
        throw malformed();
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw malformed();
  }

  /// A little-endian number of 4 or 8 bytes.
  long fixed(int size) {
    if (size > bytes.length - at) {
      throw malformed();
    }
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = (value << 8) | (bytes[at + i] & 0xff);
    }
    at += size;
    return value;
  }

  byte[] piece() {
    long length = varint();
    if (length < 0 || length > bytes.length - at) {
      throw malformed();
    }
    byte[] piece = Arrays.copyOfRange(bytes, at, at + (int) length);
    at += (int) length;
    return piece;
  }

  String text() {
    return new String(piece(), StandardCharsets.UTF_8);
  }

  void skip(int type) {
    switch (type) {
      case VARINT -> varint();
      case FIXED64 -> fixed(8);
      case BYTES -> piece();
      case FIXED32 -> fixed(4);
      default -> throw malformed();
    }
  }

  static RuntimeException malformed() {
    return Statuses.badRequest("the body of the request is not valid protobuf");
  }
}
