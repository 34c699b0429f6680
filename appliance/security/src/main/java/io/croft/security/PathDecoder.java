package io.croft.security;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Decodes the path of a request once and for all. What comes out is authorized and served, so
/// nothing may be left in it that a server further on could read in another way.
final class PathDecoder {
  private PathDecoder() {}

  /// @throws IllegalArgumentException when an escape is malformed, the result is not UTF-8, or it
  ///   has control characters or a `.` or `..` segment
  static String decode(String raw) {
    String path = raw.indexOf('%') < 0 ? raw : unescape(raw);
    if (path.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      throw new IllegalArgumentException("the path has a control character");
    }
    List<String> segments = Arrays.asList(path.split("/"));
    if (segments.contains(".") || segments.contains("..")) {
      throw new IllegalArgumentException("the path has a segment \".\" or \"..\"");
    }
    return path;
  }

  /// Replaces every `%XX`.
  ///
  /// @throws IllegalArgumentException when one is malformed or the result is not UTF-8
  static String unescape(String raw) {
    byte[] in = raw.getBytes(StandardCharsets.UTF_8);
    var out = ByteBuffer.allocate(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        out.put(in[i]);
        continue;
      }
      int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
      int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("malformed escape sequence");
      }
      out.put((byte) (high * 16 + low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("what is escaped is not UTF-8", e);
    }
  }
}
