package io.croft.security;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Cookies that are the appliance's own (RFC 6265). Their prefix keeps other hosts, and connections
/// without TLS, from setting them.
public final class OwnCookies {
  public static final String PREFIX = "__Host-croft-";

  private OwnCookies() {}

  /// The value of a cookie; empty when there is none, or more than one.
  public static Optional<String> find(HttpRequest request, String name) {
    var found = new ArrayList<String>();
    for (String header : request.headers().all("cookie")) {
      for (String pair : header.split(";")) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
          found.add(pair.substring(equals + 1).strip());
        }
      }
    }
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  /// The value of `Set-Cookie` for one that scripts cannot read and that other sites do not send.
  public static String set(String name, String value) {
    return name + "=" + value + "; Path=/; Secure; HttpOnly; SameSite=Strict";
  }

  /// As [#set], for one that is to be forgotten.
  public static String forget(String name) {
    return set(name, "") + "; Max-Age=0";
  }

  /// The fields without the appliance's own cookies, which are not for what is behind it. Some
  /// servers do not tell upper case from lower in names.
  static Headers strip(Headers headers) {
    List<String> given = headers.all("cookie");
    var kept = new ArrayList<String>();
    boolean any = false;
    for (String header : given) {
      for (String pair : header.split(";")) {
        String cookie = pair.strip();
        boolean own = cookie.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
        any |= own;
        if (!own && !cookie.isEmpty()) {
          kept.add(cookie);
        }
      }
    }
    if (!any) {
      return headers;
    }
    Headers stripped = headers.without("cookie"::equals);
    return kept.isEmpty() ? stripped : stripped.with("cookie", String.join("; ", kept));
  }
}
