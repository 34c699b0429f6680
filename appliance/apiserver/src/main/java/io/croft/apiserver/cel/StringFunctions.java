package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.function;
import static io.croft.apiserver.cel.Overload.member;
import static io.croft.apiserver.cel.Types.INT;
import static io.croft.apiserver.cel.Types.STRING;
import static io.croft.apiserver.cel.Types.STRINGS;

import com.google.re2j.Matcher;
import dev.cel.common.types.ListType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Functions of text, the extension library `strings` in its second version, and Kubernetes' search
/// for regular expressions. Positions count code points.
final class StringFunctions {
  private StringFunctions() {}

  static List<Overload> all() {
    return List.of(
        member("charAt", "string_char_at_int", STRING, StringFunctions::charAt, STRING, INT),
        member(
            "indexOf",
            "string_index_of_string",
            INT,
            (v, m) -> indexOf(s(v, 0), s(v, 1), 0, m),
            STRING,
            STRING),
        member(
            "indexOf",
            "string_index_of_string_int",
            INT,
            (v, m) -> indexOf(s(v, 0), s(v, 1), (Long) v[2], m),
            STRING,
            STRING,
            INT),
        member(
            "lastIndexOf",
            "string_last_index_of_string",
            INT,
            (v, m) -> lastIndexOf(s(v, 0), s(v, 1), Long.MAX_VALUE, m),
            STRING,
            STRING),
        member(
            "lastIndexOf",
            "string_last_index_of_string_int",
            INT,
            (v, m) -> lastIndexOf(s(v, 0), s(v, 1), (Long) v[2], m),
            STRING,
            STRING,
            INT),
        member("join", "list_join", STRING, (v, m) -> join((List<?>) v[0], "", m), STRINGS),
        member(
            "join",
            "list_join_string",
            STRING,
            (v, m) -> join((List<?>) v[0], s(v, 1), m),
            STRINGS,
            STRING),
        member(
            "lowerAscii",
            "string_lower_ascii",
            STRING,
            (v, m) -> ascii(s(v, 0), 'A', 'Z', 'a' - 'A', m),
            STRING),
        member(
            "upperAscii",
            "string_upper_ascii",
            STRING,
            (v, m) -> ascii(s(v, 0), 'a', 'z', 'A' - 'a', m),
            STRING),
        member(
            "replace",
            "string_replace_string_string",
            STRING,
            (v, m) -> replace(s(v, 0), s(v, 1), s(v, 2), -1, m),
            STRING,
            STRING,
            STRING),
        member(
            "replace",
            "string_replace_string_string_int",
            STRING,
            (v, m) -> replace(s(v, 0), s(v, 1), s(v, 2), (Long) v[3], m),
            STRING,
            STRING,
            STRING,
            INT),
        member(
            "split",
            "string_split_string",
            STRINGS,
            (v, m) -> split(s(v, 0), s(v, 1), -1, m),
            STRING,
            STRING),
        member(
            "split",
            "string_split_string_int",
            STRINGS,
            (v, m) -> split(s(v, 0), s(v, 1), (Long) v[2], m),
            STRING,
            STRING,
            INT),
        member(
            "substring",
            "string_substring_int",
            STRING,
            (v, m) -> substring(s(v, 0), (Long) v[1], Long.MAX_VALUE, m),
            STRING,
            INT),
        member(
            "substring",
            "string_substring_int_int",
            STRING,
            (v, m) -> substring(s(v, 0), (Long) v[1], (Long) v[2], m),
            STRING,
            INT,
            INT),
        member("trim", "string_trim", STRING, StringFunctions::trim, STRING),
        member(
            "format",
            "string_format",
            STRING,
            (v, m) -> Formatting.format(s(v, 0), (List<?>) v[1], m),
            STRING,
            ListType.create(Types.DYN)),
        function("strings.quote", "strings_quote", STRING, StringFunctions::quote, STRING),
        member("find", "string_find_string", STRING, StringFunctions::find, STRING, STRING),
        member(
            "findAll",
            "string_find_all_string",
            STRINGS,
            (v, m) -> findAll(s(v, 0), s(v, 1), -1, m),
            STRING,
            STRING),
        member(
            "findAll",
            "string_find_all_string_int",
            STRINGS,
            (v, m) -> findAll(s(v, 0), s(v, 1), (Long) v[2], m),
            STRING,
            STRING,
            INT));
  }

  private static String s(Object[] v, int i) {
    return (String) v[i];
  }

  private static int[] points(String text, Meter meter) {
    meter.payText(text.length());
    return text.codePoints().toArray();
  }

  private static Object charAt(Object[] v, Meter meter) {
    int[] points = points(s(v, 0), meter);
    long at = (Long) v[1];
    if (at < 0 || at > points.length) {
      throw new CelException("index out of range: " + at);
    }
    return at == points.length ? "" : Character.toString(points[(int) at]);
  }

  private static Object indexOf(String text, String wanted, long from, Meter meter) {
    int[] points = points(text, meter);
    if (from < 0 || (from > points.length && !wanted.isEmpty())) {
      throw new CelException("index out of range: " + from);
    }
    if (from > points.length) {
      return from;
    }
    meter.payMatch(text.length(), wanted.length() / 10);
    int start = text.offsetByCodePoints(0, (int) from);
    int found = text.indexOf(wanted, start);
    return found < 0 ? -1L : (long) text.codePointCount(0, found);
  }

  private static Object lastIndexOf(String text, String wanted, long from, Meter meter) {
    int[] points = points(text, meter);
    if (from < 0) {
      throw new CelException("index out of range: " + from);
    }
    meter.payMatch(text.length(), wanted.length() / 10);
    int start = text.offsetByCodePoints(0, (int) Math.min(from, points.length));
    int found = text.lastIndexOf(wanted, start);
    return found < 0 ? -1L : (long) text.codePointCount(0, found);
  }

  private static Object join(List<?> list, String separator, Meter meter) {
    for (Object item : list) {
      if (!(item instanceof String text)) {
        throw CelException.noSuchOverload();
      }
      meter.payText((long) text.length() + separator.length());
    }
    return list.stream().map(String::valueOf).collect(Collectors.joining(separator));
  }

  private static Object ascii(String text, char from, char to, int shift, Meter meter) {
    meter.payText(text.length());
    var changed = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      changed.append(c >= from && c <= to ? (char) (c + shift) : c);
    }
    return changed.toString();
  }

  private static Object replace(String text, String old, String by, long most, Meter meter) {
    meter.payMatch(text.length(), old.length() / 10);
    if (most == 0) {
      return text;
    }
    var replaced = new StringBuilder();
    int at = 0;
    long count = 0;
    while (most < 0 || count < most) {
      int found = old.isEmpty() ? (at > text.length() ? -1 : at) : text.indexOf(old, at);
      if (found < 0) {
        break;
      }
      meter.payText(by.length());
      replaced.append(text, at, found).append(by);
      at = found + old.length();
      count++;
      if (old.isEmpty()) {
        // Between any two code points.
        int next = at < text.length() ? text.offsetByCodePoints(at, 1) : at + 1;
        replaced.append(text, at, Math.min(next, text.length()));
        at = next;
      }
    }
    return replaced.append(text, Math.min(at, text.length()), text.length()).toString();
  }

  private static Object split(String text, String separator, long most, Meter meter) {
    meter.payMatch(text.length(), 1 + separator.length() / 10);
    if (most == 0) {
      return List.of();
    }
    var parts = new ArrayList<Object>();
    int at = 0;
    while (at <= text.length() && (most < 0 || parts.size() < most - 1)) {
      int found =
          separator.isEmpty()
              ? (at < text.length() ? text.offsetByCodePoints(at, 1) : -1)
              : text.indexOf(separator, at);
      if (found < 0 || (separator.isEmpty() && found >= text.length())) {
        break;
      }
      add(parts, text.substring(at, found), meter);
      at = found + separator.length();
    }
    if (!separator.isEmpty() || !text.isEmpty()) {
      add(parts, text.substring(at), meter);
    }
    return parts;
  }

  private static void add(List<Object> parts, String part, Meter meter) {
    meter.pay(1);
    meter.takeItems(1);
    meter.takeText(part);
    parts.add(part);
  }

  private static Object substring(String text, long from, long to, Meter meter) {
    int length = points(text, meter).length;
    long end = to == Long.MAX_VALUE ? length : to;
    if (from < 0 || from > length) {
      throw new CelException("index out of range: " + from);
    }
    if (end < 0 || end > length) {
      throw new CelException("index out of range: " + end);
    }
    if (from > end) {
      throw new CelException("invalid substring range. start: " + from + ", end: " + end);
    }
    int start = text.offsetByCodePoints(0, (int) from);
    return text.substring(start, text.offsetByCodePoints(start, (int) (end - from)));
  }

  private static Object trim(Object[] v, Meter meter) {
    meter.payText(s(v, 0).length());
    return s(v, 0).strip();
  }

  private static Object quote(Object[] v, Meter meter) {
    String text = s(v, 0);
    meter.payText(text.length());
    var quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case 0x07 -> quoted.append("\\a");
        case '\b' -> quoted.append("\\b");
        case '\f' -> quoted.append("\\f");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case 0x0b -> quoted.append("\\v");
        case '\\' -> quoted.append("\\\\");
        case '"' -> quoted.append("\\\"");
        default -> quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private static Object find(Object[] v, Meter meter) {
    Matcher matcher = Regexes.matcher(s(v, 1), s(v, 0), meter);
    return matcher.find() ? matcher.group() : "";
  }

  private static Object findAll(String text, String expression, long most, Meter meter) {
    Matcher matcher = Regexes.repeated(expression, text, meter);
    var found = new ArrayList<Object>();
    while ((most < 0 || found.size() < most) && matcher.find()) {
      add(found, matcher.group(), meter);
    }
    return found;
  }

  /// In lower case, whatever the language of the machine.
  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
