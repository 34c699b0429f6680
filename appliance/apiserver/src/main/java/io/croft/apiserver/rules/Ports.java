package io.croft.apiserver.rules;

import java.util.ArrayList;
import java.util.List;

/// The names of ports, RFC 6335.
final class Ports {
  private static final int MAX_NAME = 15;

  private Ports() {}

  /// What is wrong with a port's name; empty when nothing is.
  static List<String> name(String name) {
    var wrong = new ArrayList<String>();
    if (name.length() > MAX_NAME) {
      wrong.add("must be no more than " + MAX_NAME + " characters");
    }
    if (!name.matches("[-a-z0-9]+")) {
      wrong.add("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if (!name.matches("(?s).*[a-z].*")) {
      wrong.add("must contain at least one letter (a-z)");
    }
    if (name.contains("--")) {
      wrong.add("must not contain consecutive hyphens");
    }
    if (name.startsWith("-") || name.endsWith("-")) {
      wrong.add("must not begin or end with a hyphen");
    }
    return wrong;
  }
}
