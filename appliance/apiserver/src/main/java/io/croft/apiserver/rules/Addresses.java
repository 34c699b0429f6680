package io.croft.apiserver.rules;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/// Addresses of the Internet protocol as texts.
final class Addresses {
  private static final Pattern V4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final int MAX_TEXT = 45;

  private Addresses() {}

  static void ip(Field field) {
    if (!field.empty() && !isIp(field.text())) {
      field.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
  }

  static void cidr(Field field) {
    if (!isCidr(field.text())) {
      field.invalid("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
  }

  static boolean isCidr(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !isIp(text.substring(0, slash))) {
      return false;
    }
    String bits = text.substring(slash + 1);
    int most = text.indexOf(':') < 0 ? 32 : 128;
    return bits.matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(bits) <= most;
  }

  static boolean isIp(String text) {
    if (text.length() > MAX_TEXT) {
      return false;
    }
    if (V4.matcher(text).matches()) {
      for (String part : text.split("\\.")) {
        if (Integer.parseInt(part) > 255) {
          return false;
        }
      }
      return true;
    }
    if (text.indexOf(':') < 0 || !text.matches("[0-9a-fA-F:.]+")) {
      return false;
    }
    try {
      // With a colon in it the text is a literal and never looked up.
      return InetAddress.getByName(text) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
