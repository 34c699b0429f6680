package io.croft.model.schema;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Translates a regular expression from RE2's syntax to the JDK's, where the two differ: `$`,
/// `(?P<name>`, POSIX classes, and `[` and `&&` inside a class. Refuses what RE2 lacks.
final class Re2Syntax {
  private static final Map<String, String> POSIX_CLASSES =
      Map.ofEntries(
          Map.entry("alnum", "\\p{Alnum}"),
          Map.entry("alpha", "\\p{Alpha}"),
          Map.entry("ascii", "\\p{ASCII}"),
          Map.entry("blank", "\\p{Blank}"),
          Map.entry("cntrl", "\\p{Cntrl}"),
          Map.entry("digit", "\\p{Digit}"),
          Map.entry("graph", "\\p{Graph}"),
          Map.entry("lower", "\\p{Lower}"),
          Map.entry("print", "\\p{Print}"),
          Map.entry("punct", "\\p{Punct}"),
          Map.entry("space", "\\s"),
          Map.entry("upper", "\\p{Upper}"),
          Map.entry("word", "\\w"),
          Map.entry("xdigit", "\\p{XDigit}"));

  private static final int MAX_REPETITIONS = 1000;
  private static final Pattern REPETITION = Pattern.compile("\\{([0-9]+(?:,[0-9]*)?)}");
  private static final Pattern FLAGS = Pattern.compile("\\(\\?[ims]*(-[ims]+)?[:)]");
  private static final Pattern MULTILINE = Pattern.compile("\\(\\?[is]*m");

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private int at;

  Re2Syntax(String source) {
    this.source = source;
  }

  /// @throws IllegalArgumentException when the expression uses what RE2 does not know
  String toJdk() {
    boolean multiline = MULTILINE.matcher(source).find();
    while (at < source.length()) {
      char c = source.charAt(at);
      switch (c) {
        case '\\' -> escape();
        case '[' -> characterClass();
        case '(' -> group();
        case '$' -> {
          // The JDK's $ also matches before a line break that ends the text; RE2's does not.
          out.append(multiline ? "$" : "\\z");
          at++;
        }
        case '*', '+', '?' -> quantifier(1);
        case '{' -> repetition();
        default -> copy(1);
      }
    }
    return out.toString();
  }

  private void copy(int characters) {
    int end = Math.min(at + characters, source.length());
    out.append(source, at, end);
    at = end;
  }

  private void escape() {
    if (source.startsWith("\\Q", at)) {
      int end = source.indexOf("\\E", at);
      copy(end < 0 ? source.length() - at : end + 2 - at);
      return;
    }
    if (at + 1 == source.length()) {
      throw unsupported("trailing backslash at end of expression", "");
    }
    char c = source.charAt(at + 1);
    boolean letterOrDigit = Character.isLetterOrDigit(c);
    if (letterOrDigit && "aftnrvdDsSwWbBAzpPx0".indexOf(c) < 0) {
      throw unsupported("invalid escape sequence", source.substring(at, at + 2));
    }
    if (c == 'v') {
      // To the JDK \v is every vertical space, to RE2 the tabulator.
      out.append("\\x0B");
      at += 2;
    } else {
      copy(2);
    }
  }

  private void group() {
    Matcher flags = FLAGS.matcher(source).region(at, source.length());
    if (!source.startsWith("(?", at) || flags.lookingAt()) {
      copy(1);
    } else if (source.startsWith("(?P<", at) || source.startsWith("(?<", at)) {
      nameGroup(source.charAt(at + 2) == 'P' ? 4 : 3);
    } else {
      String seen = source.substring(at, Math.min(at + 3, source.length()));
      throw unsupported("invalid or unsupported Perl syntax", seen);
    }
  }

  /// The JDK allows fewer names than RE2, and nobody asks for a group by its name.
  private void nameGroup(int opening) {
    int end = source.indexOf('>', at);
    String name = end < 0 ? "" : source.substring(at + opening, end);
    if (!name.matches("\\w+")) {
      throw unsupported("invalid or unsupported Perl syntax", source.substring(at, at + opening));
    }
    out.append('(');
    at = end + 1;
  }

  /// `{2,5}`; a brace that opens nothing of the kind stands for itself.
  private void repetition() {
    Matcher repetition = REPETITION.matcher(source).region(at, source.length());
    if (!repetition.lookingAt()) {
      out.append('\\');
      copy(1);
      return;
    }
    for (String count : repetition.group(1).split(",")) {
      if (count.length() > 4 || Integer.parseInt(count) > MAX_REPETITIONS) {
        throw unsupported("invalid repeat count", repetition.group());
      }
    }
    quantifier(repetition.group().length());
  }

  /// `a++` is possessive to the JDK and an error to RE2.
  private void quantifier(int length) {
    copy(length);
    if (at < source.length() && source.charAt(at) == '+') {
      throw unsupported(
          "invalid nested repetition operator", source.substring(at - length, at + 1));
    }
  }

  private void characterClass() {
    copy(source.startsWith("[^", at) ? 2 : 1);
    boolean first = true;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (c == ']' && !first) {
        copy(1);
        return;
      }
      if (c == '\\') {
        escape();
      } else if (source.startsWith("[:", at)) {
        posixClass();
      } else if (c == '[' || c == '&' || c == ']') {
        out.append('\\');
        copy(1);
      } else {
        copy(1);
      }
      first = false;
    }
    throw unsupported("missing closing ]", source);
  }

  private void posixClass() {
    int end = source.indexOf(":]", at);
    String name = end < 0 ? "" : source.substring(at + 2, end);
    boolean negated = name.startsWith("^");
    String jdk = POSIX_CLASSES.get(negated ? name.substring(1) : name);
    if (jdk == null) {
      throw unsupported("invalid character class range", source.substring(at));
    }
    out.append(negated ? "[^" + jdk + "]" : jdk);
    at = end + 2;
  }

  private static IllegalArgumentException unsupported(String what, String where) {
    return new IllegalArgumentException("error parsing regexp: " + what + ": `" + where + "`");
  }
}
