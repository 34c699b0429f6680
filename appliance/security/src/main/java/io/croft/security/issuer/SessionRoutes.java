package io.croft.security.issuer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.OpenRoutes;
import io.croft.security.OwnCookies;
import io.croft.security.identity.Login.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/// Logging in by a browser, and what one has open. Thread-safe.
///
/// | request | |
/// |---|---|
/// | `GET /identity/login?return=/PATH` | the form |
/// | `POST /identity/login` | sets the session cookie and leads to the path |
/// | `POST /identity/logout` | ends the session of the cookie |
/// | `GET /identity/sessions` | what the user of the cookie has open, as JSON |
/// | `POST /identity/sessions` with `end=ID` or `end=others` | ends that |
final class SessionRoutes implements OpenRoutes {
  static final String LOGIN = "/identity/login";
  static final String LOGOUT = "/identity/logout";
  static final String SESSIONS = "/identity/sessions";

  /// A path of this origin and nothing else: `//host` and `/\host` would lead away.
  private static final Pattern RETURN =
      Pattern.compile("/(?:[A-Za-z0-9_.~-][A-Za-z0-9_.~/-]{0,511})?");

  private final Sessions sessions;
  private final PasswordForm passwords;

  SessionRoutes(Sessions sessions, PasswordForm passwords) {
    this.sessions = sessions;
    this.passwords = passwords;
  }

  @Override
  public Set<String> paths() {
    return Set.of(LOGIN, LOGOUT, SESSIONS);
  }

  @Override
  public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
    try {
      return switch (request.method() + " " + request.path()) {
        case "GET " + LOGIN -> form(200, "", returnPath(request.query()));
        case "POST " + LOGIN -> logIn(request, annotations);
        case "POST " + LOGOUT -> logOut(request, annotations);
        case "GET " + SESSIONS -> list(known(request, annotations));
        case "POST " + SESSIONS ->
            end(known(request, annotations), Forms.text(Forms.read(request), "end"));
        default -> throw Statuses.methodNotAllowed();
      };
    } catch (OAuthException e) {
      throw Statuses.badRequest(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.serviceUnavailable("interrupted");
    }
  }

  /// Empty when there is none, or it may lead elsewhere.
  private static String returnPath(Query query) {
    String path = Forms.text(query, "return");
    return RETURN.matcher(path).matches() ? path : "";
  }

  private HttpResponse form(int status, String problem, String returnPath) {
    return Pages.form(
        status,
        LOGIN,
        false,
        returnPath.isEmpty() ? Map.of() : Map.of("return", returnPath),
        problem,
        passwords.guard().issue(),
        "");
  }

  private HttpResponse logIn(HttpRequest request, BiConsumer<String, String> annotations)
      throws OAuthException, InterruptedException {
    Query form = Forms.read(request);
    String returnPath = returnPath(form);
    Optional<String> problem = SameOrigin.problemOfPage(request);
    problem.ifPresent(text -> annotations.accept(PasswordForm.REJECTED, text));
    if (problem.isPresent() || !passwords.isOurs(request, form)) {
      return form(403, PasswordForm.TOO_OLD, returnPath);
    }
    Outcome outcome = passwords.attempt(request, form, annotations);
    Optional<Sessions.Browser> opened =
        outcome instanceof Outcome.LoggedIn login
            ? sessions.openForBrowser(login, request.peer().address())
            : Optional.empty();
    if (opened.isEmpty()) {
      return form(PasswordForm.status(outcome), PasswordForm.WRONG, returnPath);
    }
    browser(request).ifPresent(before -> sessions.end(before.session()));
    String cookie = OwnCookies.set(CookieAuthenticator.COOKIE, opened.get().cookie());
    return returnPath.isEmpty()
        ? Pages.message(200, "You are logged in.", cookie)
        : new HttpResponse.Complete(
            303,
            Headers.of("location", returnPath, "cache-control", "no-store", "set-cookie", cookie),
            new byte[0]);
  }

  private HttpResponse logOut(HttpRequest request, BiConsumer<String, String> annotations) {
    requireOwnPage(request, annotations);
    browser(request).ifPresent(browser -> sessions.end(browser.session()));
    return new HttpResponse.Complete(
        204,
        Headers.of(
            "cache-control",
            "no-store",
            "set-cookie",
            OwnCookies.forget(CookieAuthenticator.COOKIE)),
        new byte[0]);
  }

  private Optional<Sessions.Browser> browser(HttpRequest request) {
    return OwnCookies.find(request, CookieAuthenticator.COOKIE).flatMap(sessions::byCookie);
  }

  private static void requireOwnPage(HttpRequest request, BiConsumer<String, String> annotations) {
    Optional<String> problem = SameOrigin.problem(request);
    if (problem.isPresent()) {
      annotations.accept(PasswordForm.REJECTED, problem.get());
      throw Statuses.unauthorized();
    }
  }

  private Sessions.Browser known(HttpRequest request, BiConsumer<String, String> annotations) {
    requireOwnPage(request, annotations);
    Sessions.Browser browser = browser(request).orElseThrow(Statuses::unauthorized);
    annotations.accept(PasswordForm.LOGIN, browser.user().name());
    return browser;
  }

  private HttpResponse list(Sessions.Browser browser) {
    ObjectNode list = Json.object();
    ArrayNode items = list.putArray("sessions");
    for (Session session : sessions.of(browser.user())) {
      items
          .addObject()
          .put("id", session.id())
          .put("kind", session.isBrowsers() ? "browser" : "program")
          .put("created", session.created().toString())
          .put("lastUsed", session.used().toString())
          .put("address", session.address())
          .put("secondFactor", session.secondFactor())
          .put("current", session.id().equals(browser.session().id()));
    }
    return new HttpResponse.Complete(
        200,
        Headers.of(
            "content-type", "application/json",
            "cache-control", "no-store",
            "x-content-type-options", "nosniff"),
        Json.bytes(list));
  }

  private HttpResponse end(Sessions.Browser browser, String which) {
    List<Session> chosen =
        sessions.of(browser.user()).stream()
            .filter(session ->
                which.equals("others")
                    ? !session.id().equals(browser.session().id())
                    : session.id().equals(which))
            .toList();
    if (chosen.isEmpty() && !which.equals("others")) {
      throw Statuses.badRequest("end must be the id of an open session, or others");
    }
    chosen.forEach(sessions::end);
    return list(browser);
  }
}
