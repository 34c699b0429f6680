package io.croft.apiserver.cel;

import dev.cel.common.types.OpaqueType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A URL as Go reads it, which is laxer than `java.net.URI`: a path may hold blanks.
///
/// @param path as it was written
/// @param query without the question mark
record Url(String scheme, String host, String path, String query) implements Types.Opaque {
  static final OpaqueType TYPE = OpaqueType.create("kubernetes.URL");

  private static final int MAX_LENGTH = 64 << 10;
  private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*):(.*)");
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9a-fA-F:.]+(%25[^\\]]+)?]|[^\\[\\]:\\s<>\"\\\\^`{|}/]*)(:[0-9]*)?");
  private static final HexFormat HEX = HexFormat.of().withUpperCase();
  private static final String UNESCAPED_IN_PATHS = "-_.~$&+,/:;=@!'()*";

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  /// @throws CelException when it is neither absolute nor an absolute path
  static Url parse(String text) {
    boolean controls = text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
    if (text.isEmpty() || controls || text.length() > MAX_LENGTH) {
      throw invalid(text, text.isEmpty() ? "empty url" : "invalid control character in URL");
    }
    int fragment = text.indexOf('#');
    String rest = fragment < 0 ? text : text.substring(0, fragment);
    String scheme = "";
    Matcher parts = SCHEME.matcher(rest);
    if (parts.matches()) {
      scheme = StringFunctions.lower(parts.group(1));
      rest = parts.group(2);
    } else if (rest.startsWith(":")) {
      throw invalid(text, "missing protocol scheme");
    }
    int question = rest.indexOf('?');
    String query = question < 0 ? "" : rest.substring(question + 1);
    rest = question < 0 ? rest : rest.substring(0, question);
    if (!rest.startsWith("/")) {
      if (scheme.isEmpty()) {
        throw invalid(text, "invalid URI for request");
      }
      return new Url(scheme, "", "", query);
    }
    String host = "";
    if (!scheme.isEmpty() && rest.startsWith("//")) {
      int slash = rest.indexOf('/', 2);
      String authority = slash < 0 ? rest.substring(2) : rest.substring(2, slash);
      rest = slash < 0 ? "" : rest.substring(slash);
      host = authority.substring(authority.lastIndexOf('@') + 1);
      if (!HOST.matcher(host).matches()) {
        throw invalid(text, "invalid host " + Texts.quoted(host));
      }
    }
    if (unescaped(rest, false) == null) {
      throw invalid(text, "invalid URL escape");
    }
    return new Url(scheme, host, rest, query);
  }

  private static CelException invalid(String text, String why) {
    return new CelException(
        "URL parse error during conversion from string: parse " + Texts.quoted(text) + ": " + why);
  }

  static boolean isValid(String text) {
    try {
      parse(text);
      return true;
    } catch (CelException e) {
      return false;
    }
  }

  String hostname() {
    String name = host.contains("]") ? host.substring(0, host.indexOf(']') + 1) : host;
    int colon = name.startsWith("[") ? -1 : name.indexOf(':');
    name = colon < 0 ? name : name.substring(0, colon);
    return name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
  }

  String port() {
    int colon = host.lastIndexOf(':');
    return colon < 0 || host.indexOf(']') > colon ? "" : host.substring(colon + 1);
  }

  String escapedPath() {
    var escaped = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c < 0x80 && Character.isLetterOrDigit(c))
              || UNESCAPED_IN_PATHS.indexOf(c) >= 0
              || c == '%'
              || c == '['
              || c == ']';
      if (plain) {
        escaped.append(c);
      } else {
        escaped.append('%');
        HEX.toHexDigits(escaped, b);
      }
    }
    return escaped.toString();
  }

  /// The values of each key, in their order; what cannot be read is left out.
  Map<Object, Object> parameters(Meter meter) {
    meter.payText(query.length());
    // No more than the characters of the query, and an item and a list for each of its parts.
    meter.takeText(query);
    var found = new LinkedHashMap<String, List<Object>>();
    for (String pair : query.split("&")) {
      int equals = pair.indexOf('=');
      String key = unescaped(equals < 0 ? pair : pair.substring(0, equals), true);
      String value = equals < 0 ? "" : unescaped(pair.substring(equals + 1), true);
      meter.pay(1);
      meter.takeItems(2);
      if (!pair.isEmpty() && !pair.contains(";") && key != null && value != null) {
        found.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
      }
    }
    return new LinkedHashMap<>(found);
  }

  /// @param plus whether `+` stands for a blank
  /// @return null when an escape is malformed
  private static @Nullable String unescaped(String text, boolean plus) {
    var bytes = new ByteArrayOutputStream(text.length());
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '+' && plus) {
        bytes.write(' ');
      } else if (raw[i] != '%') {
        bytes.write(raw[i]);
      } else {
        int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
        int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          return null;
        }
        bytes.write(high * 16 + low);
        i += 2;
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
