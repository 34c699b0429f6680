package io.croft.certificates.acme.solving;

/// A TXT record to publish.
///
/// @param name with a dot at the end
/// @param zone the zone that it is in, with a dot at the end
record TextRecord(String name, String zone, String value) {
  static final int TTL_SECONDS = 60;

  String bareName() {
    return bare(name);
  }

  static String bare(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
