package io.croft.security.issuer;

import io.croft.base.Sha256;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/// The pages that people see: no script, no frames, nothing from elsewhere.
final class Pages {
  private static final String STYLE =
      "body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:4rem auto;padding:0"
          + " 1rem}label{display:block;margin:1rem 0"
          + " 0}input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}button{font:inherit;margin-top:1.5rem;padding:.4rem"
          + " 2rem}[role=alert]{color:#a00}";

  private Pages() {}

  /// A login form.
  ///
  /// @param askForCode whether it also asks for the code that a program has shown
  /// @param hidden fields that are sent back
  /// @param problem what went wrong before; may be empty
  /// @param redirectOrigin where the answer to the form may lead to; may be empty
  static HttpResponse form(
      int status,
      String action,
      boolean askForCode,
      Map<String, String> hidden,
      String problem,
      FormGuard.Ticket ticket,
      String redirectOrigin) {
    var body = new StringBuilder("<h1>Log in to Croft</h1>");
    if (!problem.isEmpty()) {
      body.append("<p role=alert>").append(escape(problem)).append("</p>");
    }
    body.append("<form method=post action=\"").append(escape(action)).append("\">");
    hidden.forEach((name, value) ->
        body.append(
            "<input type=hidden name=\"%s\" value=\"%s\">".formatted(escape(name), escape(value))));
    body.append("<input type=hidden name=proof value=\"%s\">".formatted(ticket.proof()));
    if (askForCode) {
      body.append(
          "<p>Go on only if you have started <code>croft login</code> yourself: who shows the code"
              + " acts as you then.</p>");
      field(body, "user_code", "Code that the program shows", "text", "off");
    }
    field(body, "username", "User name", "text", "username");
    field(body, "password", "Password", "password", "current-password");
    field(
        body,
        "otp",
        "One-time or recovery code, if you have a second factor",
        "text",
        "one-time-code");
    body.append("<button>Log in</button></form>");
    return page(status, body.toString(), redirectOrigin).with(ticket.cookie()).response();
  }

  private static void field(
      StringBuilder body, String name, String label, String type, String autocomplete) {
    body.append(
        "<label>%s<input name=\"%s\" type=%s autocomplete=\"%s\" autocapitalize=none maxlength=1024></label>"
            .formatted(label, name, type, autocomplete));
  }

  /// A page that only says something.
  static HttpResponse message(int status, String text) {
    return page(status, "<p>" + escape(text) + "</p>", "").response();
  }

  /// As [#message], with a cookie.
  static HttpResponse message(int status, String text, String cookie) {
    return page(status, "<p>" + escape(text) + "</p>", "").with(cookie).response();
  }

  private record Page(int status, Headers headers, String html) {
    Page with(String cookie) {
      return new Page(status, headers.with("set-cookie", cookie), html);
    }

    HttpResponse response() {
      return new HttpResponse.Complete(status, headers, html.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static Page page(int status, String body, String redirectOrigin) {
    String html =
        "<!doctype html><html lang=en><meta charset=utf-8>"
            + "<meta name=viewport content=\"width=device-width\"><title>Croft</title><style>"
            + STYLE
            + "</style><body>"
            + body
            + "</body></html>";
    // The answer to the form may redirect, which browsers hold to form-action as well.
    String csp =
        "default-src 'none'; style-src 'sha256-%s'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' %s"
            .formatted(hash(), redirectOrigin)
            .strip();
    return new Page(
        status,
        Headers.of(
            "content-type", "text/html; charset=utf-8",
            "content-security-policy", csp,
            "x-frame-options", "DENY",
            "x-content-type-options", "nosniff",
            "referrer-policy", "same-origin", // else browsers would not name the origin of forms
            "cache-control", "no-store"),
        html);
  }

  private static String hash() {
    return Base64.getEncoder().encodeToString(Sha256.of(STYLE.getBytes(StandardCharsets.UTF_8)));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
