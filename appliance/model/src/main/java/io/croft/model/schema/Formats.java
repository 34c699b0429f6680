package io.croft.model.schema;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The string formats that Kubernetes checks. Formats that it does not know are ignored, as are its
/// rarest ones (book, credit card and social security numbers).
final class Formats {
  /// The format of `resource.Quantity` in the schemas of built-in kinds.
  static final String QUANTITY = "quantity";

  /// Longer text has none of the short formats, and is not handed to a regular expression.
  private static final int MAX_SHORT_LENGTH = 320;

  private static final String LABEL = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?";
  private static final String HEX = "[0-9a-fA-F]";
  private static final String UNIT =
      "(ns|us|µs|μs|ms|s|m|h|d|w|nanos?|nanoseconds?|micros?|microseconds?|millis?|milliseconds?"
          + "|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?)";

  private static final Map<String, Predicate<String>> CHECKS =
      Map.ofEntries(
          Map.entry("byte", Formats::isBase64),
          Map.entry("date", Formats::isDate),
          Map.entry("datetime", Formats::isDateTime),
          Map.entry("uri", Formats::isUri),
          Map.entry("ipv4", IpText::isIpv4),
          Map.entry("ipv6", IpText::isIpv6),
          Map.entry("cidr", Formats::isCidr),
          Map.entry("duration", shaped("[+-]?([0-9]*\\.?[0-9]+ ?" + UNIT + ")+|0")),
          Map.entry("email", shaped("[^@\\s]+@[^@\\s]+")),
          Map.entry("hostname", shaped("(?=.{1,253}$)" + LABEL + "(\\." + LABEL + ")*\\.?")),
          Map.entry("mac", shaped(HEX + "{2}([:-]" + HEX + "{2}){5}([:-]" + HEX + "{2}){0,2}")),
          Map.entry("uuid", uuid(HEX, HEX)),
          Map.entry("uuid3", uuid("3", HEX)),
          Map.entry("uuid4", uuid("4", "[89abAB]")),
          Map.entry("uuid5", uuid("5", "[89abAB]")),
          Map.entry("bsonobjectid", shaped(HEX + "{24}")),
          Map.entry("hexcolor", shaped("#?(" + HEX + "{3}|" + HEX + "{6})")),
          Map.entry("k8sshortname", shaped("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")),
          Map.entry(
              "k8slongname",
              shaped(
                  "(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")));

  private Formats() {}

  /// Whether `value` has the format, or the format is not one that is checked.
  static boolean accept(String format, String value) {
    Predicate<String> check = CHECKS.get(format.replace("-", ""));
    return check == null || check.test(value);
  }

  private static Predicate<String> shaped(String regex) {
    Pattern pattern = Pattern.compile(regex);
    return value -> value.length() <= MAX_SHORT_LENGTH && pattern.matcher(value).matches();
  }

  private static Predicate<String> uuid(String version, String variant) {
    return shaped(
        "%s{8}-?%s{4}-?%s%s{3}-?%s%s{3}-?%s{12}"
            .formatted(HEX, HEX, version, HEX, variant, HEX, HEX));
  }

  private static boolean isBase64(String value) {
    String text = value.replace("\r", "").replace("\n", "");
    try {
      Base64.getDecoder().decode(text);
      return text.length() % 4 == 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isDate(String value) {
    try {
      return LocalDate.parse(value).toString().length() == value.length();
    } catch (DateTimeException e) {
      return false;
    }
  }

  /// RFC 3339: unlike in ISO 8601 the seconds are there and the offset has minutes.
  private static boolean isDateTime(String value) {
    try {
      OffsetDateTime.parse(value.toUpperCase(Locale.ROOT));
      return value.matches(".{10}[Tt].{8}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})");
    } catch (DateTimeException e) {
      return false;
    }
  }

  /// Absolute, or an absolute path.
  private static boolean isUri(String value) {
    try {
      return new URI(value).isAbsolute() || value.startsWith("/");
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isCidr(String value) {
    int slash = value.indexOf('/');
    if (slash < 0) {
      return false;
    }
    String address = value.substring(0, slash);
    String bits = value.substring(slash + 1);
    int most = IpText.isIpv4(address) ? 32 : IpText.isIpv6(address) ? 128 : -1;
    return bits.matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(bits) <= most;
  }
}
