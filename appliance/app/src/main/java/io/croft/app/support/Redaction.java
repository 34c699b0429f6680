package io.croft.app.support;

import java.util.List;
import java.util.regex.Pattern;

/// Takes out of a text, line by line, what looks like a secret. Croft writes none into its logs and
/// answers; this is for what users write into names, annotations and settings. For one text.
final class Redaction {
  private static final String REMOVED = "[removed]";
  private static final Pattern KEY_BEGINS = Pattern.compile("-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----");
  private static final Pattern KEY_ENDS = Pattern.compile("-----END [A-Z ]{0,20}PRIVATE KEY-----");

  /// A key within one line, as in JSON.
  private static final Pattern KEY = Pattern.compile("(" + KEY_BEGINS + ").*?(" + KEY_ENDS + "|$)");

  /// A pattern whose first group, which stays, is in front of a secret.
  private static final List<Pattern> SECRETS =
      List.of(
          Pattern.compile("()eyJ[A-Za-z0-9_-]{8,}+\\.[A-Za-z0-9_-]{2,}+\\.[A-Za-z0-9_-]*+"),
          Pattern.compile("(?i)(\\b(?:bearer|basic)\\s{1,4})[A-Za-z0-9._~+/=-]{8,}+"),
          Pattern.compile("(://[^/\\s:@\"]{1,256}:)[^/\\s@\"]{1,256}(?=@)"),
          Pattern.compile(
              "(?i)((?:password|passwd|passphrase|secret|token|api[-_]?key)\"?\\s{0,4}[:=]\\s{0,4}\"?)"
                  + "[^\\s\",;&{}\\[\\]]+"));

  private boolean withinKey;

  String line(String line) {
    if (withinKey) {
      withinKey = !KEY_ENDS.matcher(line).find();
      return REMOVED;
    }
    var begin = KEY_BEGINS.matcher(line);
    withinKey = begin.find() && !KEY_ENDS.matcher(line).find(begin.end());
    String clean = KEY.matcher(line).replaceAll("$1" + REMOVED);
    for (Pattern secret : SECRETS) {
      clean = secret.matcher(clean).replaceAll("$1" + REMOVED);
    }
    return clean;
  }
}
