package io.croft.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The forms that Kubernetes prescribes for names. Each method answers with what is wrong, in
/// kube-apiserver's words; an empty list means that the value is good. The regular expressions are
/// only shown: checking is done by hand, in linear time and without recursion, because the values
/// come from strangers.
public final class Names {
  public static final int MAX_LABEL_LENGTH = 63;
  public static final int MAX_SUBDOMAIN_LENGTH = 253;

  private static final String LABEL_REGEX = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final String SUBDOMAIN_REGEX = LABEL_REGEX + "(\\." + LABEL_REGEX + ")*";
  private static final String DNS_1035_REGEX = "[a-z]([-a-z0-9]*[a-z0-9])?";
  private static final String KEY_REGEX = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

  private static final String KEY_FORM =
      regex(
          "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
              + " alphanumeric character",
          KEY_REGEX,
          "MyName",
          "my.name",
          "123-abc");

  private Names() {}

  /// One label of a host name, RFC 1123, in lower case.
  public static List<String> dns1123Label(String value) {
    var errors = tooLong(value, MAX_LABEL_LENGTH);
    if (isSubdomain(value)) {
      if (value.indexOf('.') >= 0) {
        errors.add("must not contain dots");
      }
    } else {
      errors.add(
          regex(
              "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or"
                  + " '-', and must start and end with an alphanumeric character",
              LABEL_REGEX,
              "my-name",
              "123-abc"));
    }
    return errors;
  }

  /// Labels of a host name, separated by dots.
  public static List<String> dns1123Subdomain(String value) {
    var errors = tooLong(value, MAX_SUBDOMAIN_LENGTH);
    if (!isSubdomain(value)) {
      errors.add(
          regex(
              "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters,"
                  + " '-' or '.', and must start and end with an alphanumeric character",
              SUBDOMAIN_REGEX,
              "example.com"));
    }
    return errors;
  }

  /// A label that starts with a letter, RFC 1035.
  public static List<String> dns1035Label(String value) {
    var errors = tooLong(value, MAX_LABEL_LENGTH);
    if (!isDnsLabel(value) || isDigit(value.charAt(0))) {
      errors.add(
          regex(
              "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start"
                  + " with an alphabetic character, and end with an alphanumeric character",
              DNS_1035_REGEX,
              "my-name",
              "abc-123"));
    }
    return errors;
  }

  /// A key of a label or an annotation, or the name of a finalizer: a name of at most 63
  /// characters, perhaps with a DNS subdomain and a slash in front.
  public static List<String> qualifiedName(String value) {
    int slash = value.indexOf('/');
    if (slash != value.lastIndexOf('/')) {
      return List.of(
          "a valid label key "
              + KEY_FORM
              + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
    }
    var errors = new ArrayList<String>();
    if (slash == 0) {
      errors.add("prefix part must be non-empty");
    } else if (slash > 0) {
      dns1123Subdomain(value.substring(0, slash)).forEach(e -> errors.add("prefix part " + e));
    }
    String name = value.substring(slash + 1);
    if (name.isEmpty()) {
      errors.add("name part must be non-empty");
    }
    tooLong(name, MAX_LABEL_LENGTH).forEach(e -> errors.add("name part " + e));
    if (!isKeyName(name)) {
      errors.add("name part " + KEY_FORM);
    }
    return errors;
  }

  /// The value of a label: empty, or at most 63 characters.
  public static List<String> labelValue(String value) {
    var errors = tooLong(value, MAX_LABEL_LENGTH);
    if (!value.isEmpty() && !isKeyName(value)) {
      errors.add(
          regex(
              "a valid label must be an empty string or consist of alphanumeric characters, '-',"
                  + " '_' or '.', and must start and end with an alphanumeric character",
              "(" + KEY_REGEX + ")?",
              "MyValue",
              "my_value",
              "12345"));
    }
    return errors;
  }

  /// What may stand as one segment of a URL's path, the rule for RBAC's names.
  public static List<String> pathSegment(String value) {
    if (value.equals(".") || value.equals("..")) {
      return List.of("may not be '" + value + "'");
    }
    // No path could name it.
    if (value.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      return List.of("may not contain control characters");
    }
    return Stream.of("/", "%")
        .filter(value::contains)
        .map(illegal -> "may not contain '" + illegal + "'")
        .toList();
  }

  private static List<String> tooLong(String value, int most) {
    var errors = new ArrayList<String>();
    if (value.getBytes(StandardCharsets.UTF_8).length > most) {
      errors.add("must be no more than " + most + " characters");
    }
    return errors;
  }

  private static String regex(String form, String regex, String... examples) {
    String list = Stream.of(examples).map(e -> "'" + e + "', ").collect(Collectors.joining(" or "));
    return form + " (e.g. " + list + "regex used for validation is '" + regex + "')";
  }

  private static boolean isSubdomain(String value) {
    return Stream.of(value.split("\\.", -1)).allMatch(Names::isDnsLabel);
  }

  private static boolean isDnsLabel(String value) {
    return isFramed(value, Names::isLowerAlphanumeric, c -> isLowerAlphanumeric(c) || c == '-');
  }

  private static boolean isKeyName(String value) {
    return isFramed(value, Names::isAlphanumeric, c -> isAlphanumeric(c) || "-_.".indexOf(c) >= 0);
  }

  /// Whether the value is not empty, its ends are `ends` and everything is `middle`.
  private static boolean isFramed(String value, IntPredicate ends, IntPredicate middle) {
    return !value.isEmpty()
        && ends.test(value.charAt(0))
        && ends.test(value.charAt(value.length() - 1))
        && value.chars().allMatch(middle);
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLowerAlphanumeric(int c) {
    return (c >= 'a' && c <= 'z') || isDigit(c);
  }

  private static boolean isAlphanumeric(int c) {
    return (c >= 'A' && c <= 'Z') || isLowerAlphanumeric(c);
  }
}
