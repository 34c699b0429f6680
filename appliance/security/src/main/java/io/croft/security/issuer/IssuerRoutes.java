package io.croft.security.issuer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.Json;
import io.croft.model.Names;
import io.croft.model.Statuses;
import io.croft.security.OpenRoutes;
import io.croft.security.RequestRates;
import io.croft.security.identity.LocalLogin;
import io.croft.security.identity.LocalLogin.Outcome;
import io.croft.security.issuer.DeviceCodes.Poll;
import io.croft.security.token.InvalidTokenException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// The issuer's endpoints (OpenID Connect Core and Discovery 1.0, RFC 6749, 7009, 7636, 8628). They
/// are open: what they need, they ask for themselves. Thread-safe.
final class IssuerRoutes implements OpenRoutes {
  static final String DISCOVERY = "/identity/.well-known/openid-configuration";
  static final String KEYS = "/identity/keys";
  static final String AUTHORIZE = "/identity/authorize";
  static final String TOKEN = "/identity/token";
  static final String DEVICE_AUTHORIZATION = "/identity/device_authorization";
  static final String DEVICE = "/identity/device";
  static final String REVOKE = "/identity/revoke";
  static final String DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

  private static final int MAX_BODY = 16 << 10;
  private static final String REJECTED = "authentication.croft.io/rejected";
  private static final String LOGIN = "authentication.croft.io/login";
  private static final String WRONG =
      "That is not right, or there were too many attempts. Try again, later if need be.";

  private final Supplier<String> issuer;
  private final KeyStore keys;
  private final LocalLogin login;
  private final Sessions sessions;
  private final IdTokens tokens;
  private final DeviceCodes devices;
  private final AuthorizationCodes codes;
  private final FormGuard guard = new FormGuard();

  IssuerRoutes(
      Supplier<String> issuer,
      KeyStore keys,
      LocalLogin login,
      Sessions sessions,
      IdTokens tokens,
      DeviceCodes devices,
      AuthorizationCodes codes) {
    this.issuer = issuer;
    this.keys = keys;
    this.login = login;
    this.sessions = sessions;
    this.tokens = tokens;
    this.devices = devices;
    this.codes = codes;
  }

  @Override
  public Set<String> paths() {
    return Set.of(DISCOVERY, KEYS, AUTHORIZE, TOKEN, DEVICE_AUTHORIZATION, DEVICE, REVOKE);
  }

  @Override
  public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
    try {
      return switch (request.method() + " " + request.path()) {
        case "GET " + DISCOVERY -> json(200, discovery());
        case "GET " + KEYS -> keys();
        case "GET " + AUTHORIZE -> AuthorizeRequest.of(request.query()).form(200, "", guard);
        case "POST " + AUTHORIZE -> authorize(request, annotations);
        case "POST " + DEVICE_AUTHORIZATION -> deviceAuthorization(request);
        case "GET " + DEVICE -> deviceForm(200, "");
        case "POST " + DEVICE -> device(request, annotations);
        case "POST " + TOKEN -> token(form(request), annotations);
        case "POST " + REVOKE -> revoke(form(request));
        default -> throw Statuses.methodNotAllowed();
      };
    } catch (OAuthException e) {
      if (!e.code().equals("authorization_pending")) { // programs ask every few seconds
        annotations.accept(REJECTED, e.code());
      }
      ObjectNode error = Json.object().put("error", e.code());
      return json(400, error.put("error_description", e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.serviceUnavailable("interrupted");
    }
  }

  private ObjectNode discovery() {
    String base = issuer.get().replaceAll("/identity$", "");
    ObjectNode document =
        Json.object()
            .put("issuer", issuer.get())
            .put("authorization_endpoint", base + AUTHORIZE)
            .put("token_endpoint", base + TOKEN)
            .put("jwks_uri", base + KEYS)
            .put("revocation_endpoint", base + REVOKE)
            .put("device_authorization_endpoint", base + DEVICE_AUTHORIZATION);
    texts(document, "response_types_supported", "code");
    texts(document, "subject_types_supported", "public");
    texts(document, "id_token_signing_alg_values_supported", "ES256");
    texts(document, "code_challenge_methods_supported", "S256");
    texts(document, "token_endpoint_auth_methods_supported", "none");
    texts(document, "revocation_endpoint_auth_methods_supported", "none");
    texts(document, "scopes_supported", "openid", "offline_access");
    texts(document, "claims_supported", "sub", "preferred_username", "groups", "name", "email");
    texts(document, "grant_types_supported", "authorization_code", "refresh_token", DEVICE_GRANT);
    return document.put("authorization_response_iss_parameter_supported", true);
  }

  private static void texts(ObjectNode document, String field, String... texts) {
    var array = document.putArray(field);
    for (String text : texts) {
      array.add(text);
    }
  }

  private HttpResponse keys() {
    byte[] set = keys.keys().published().toString().getBytes(StandardCharsets.UTF_8);
    return new HttpResponse.Complete(
        200,
        Headers.of("content-type", "application/jwk-set+json", "cache-control", "max-age=300"),
        set);
  }

  private HttpResponse authorize(HttpRequest request, BiConsumer<String, String> annotations)
      throws OAuthException, InterruptedException {
    Query form = form(request);
    AuthorizeRequest asked = AuthorizeRequest.of(form);
    if (!guard.accepts(request, text(form, "proof"))) {
      return asked.form(403, "The form is too old. Try again.", guard);
    }
    Outcome outcome = attempt(request, form, annotations);
    if (!(outcome instanceof Outcome.LoggedIn login)) {
      return asked.form(status(outcome), WRONG, guard);
    }
    var grant =
        new AuthorizationCodes.Grant(login, asked.redirectUri(), asked.challenge(), asked.nonce());
    String code =
        codes
            .issue(grant)
            .orElseThrow(() -> Statuses.tooManyRequests("too many logins at a time", 1));
    return new HttpResponse.Complete(
        303,
        Headers.of("location", asked.answer(code, issuer.get()), "cache-control", "no-store"),
        new byte[0]);
  }

  private HttpResponse deviceAuthorization(HttpRequest request) throws OAuthException {
    requireClient(form(request));
    DeviceCodes.Issued issued =
        devices
            .issue(origin(request))
            .orElseThrow(() -> Statuses.tooManyRequests("too many logins at a time", 10));
    return json(
        200,
        Json.object()
            .put("device_code", issued.deviceCode())
            .put("user_code", issued.userCode())
            .put("verification_uri", issuer.get().replaceAll("/identity$", "") + DEVICE)
            .put("expires_in", DeviceCodes.LIFE.toSeconds())
            .put("interval", DeviceCodes.INTERVAL_SECONDS));
  }

  private HttpResponse deviceForm(int status, String problem) {
    return Pages.form(status, DEVICE, true, Map.of(), problem, guard.issue(), "");
  }

  private HttpResponse device(HttpRequest request, BiConsumer<String, String> annotations)
      throws OAuthException, InterruptedException {
    Query form = form(request);
    if (!guard.accepts(request, text(form, "proof"))) {
      return deviceForm(403, "The form is too old. Try again.");
    }
    String origin = origin(request);
    boolean isLocked = login.isLocked(origin);
    if (isLocked || !devices.isOpen(text(form, "user_code"))) {
      if (!isLocked) {
        login.guessedWrongly(origin);
      }
      annotations.accept(REJECTED, "no such device code, or locked out");
      return deviceForm(403, WRONG);
    }
    Outcome outcome = attempt(request, form, annotations);
    if (outcome instanceof Outcome.LoggedIn login
        && devices.allow(text(form, "user_code"), login)) {
      return Pages.message(200, "You are logged in. Go back to the program.");
    }
    return deviceForm(status(outcome), WRONG);
  }

  private Outcome attempt(HttpRequest request, Query form, BiConsumer<String, String> annotations)
      throws InterruptedException {
    String name = text(form, "username").strip();
    // People type passwords into the wrong field, too.
    annotations.accept(LOGIN, Names.dns1123Label(name).isEmpty() ? name : "(not a user name)");
    Outcome outcome = login.login(name, text(form, "password"), text(form, "otp"), origin(request));
    switch (outcome) {
      case Outcome.Refused(String reason) -> annotations.accept(REJECTED, reason);
      case Outcome.Busy() -> annotations.accept(REJECTED, "too many attempts at a time");
      case Outcome.LoggedIn _ -> {}
    }
    return outcome;
  }

  /// Whose failures count together.
  private static String origin(HttpRequest request) {
    String address = request.peer().address();
    String network = RequestRates.network(address);
    return network.isEmpty() ? address : network;
  }

  private static int status(Outcome outcome) {
    return outcome instanceof Outcome.Busy ? 429 : 403;
  }

  private HttpResponse token(Query form, BiConsumer<String, String> annotations)
      throws OAuthException {
    requireClient(form);
    Sessions.Continued session =
        switch (text(form, "grant_type")) {
          case "refresh_token" ->
              sessions
                  .refresh(text(form, "refresh_token"))
                  .orElseThrow(
                      () -> new OAuthException("invalid_grant", "the refresh token is not good"));
          case "authorization_code" -> byCode(form);
          case DEVICE_GRANT -> byDevice(text(form, "device_code"));
          default ->
              throw new OAuthException(
                  "unsupported_grant_type",
                  "grant_type must be authorization_code, refresh_token or " + DEVICE_GRANT);
        };
    annotations.accept(LOGIN, session.user().name());
    String token = tokens.issue(session.session(), session.user(), session.nonce());
    return json(
        200,
        Json.object()
            .put("token_type", "Bearer")
            .put("access_token", token)
            .put("id_token", token)
            .put("expires_in", IdTokens.LIFE.toSeconds())
            .put("refresh_token", session.refreshToken()));
  }

  private Sessions.Continued byCode(Query form) throws OAuthException {
    Optional<AuthorizationCodes.Grant> grant =
        codes.use(text(form, "code"), text(form, "redirect_uri"), text(form, "code_verifier"));
    if (grant.isEmpty()) {
      throw new OAuthException("invalid_grant", "the code or its verifier is not good");
    }
    return open(grant.get().login(), grant.get().nonce());
  }

  private Sessions.Continued byDevice(String code) throws OAuthException {
    return switch (devices.poll(code)) {
      case Poll.Ready(var login) -> open(login, "");
      case Poll.Waiting() ->
          throw new OAuthException("authorization_pending", "nobody has logged in yet");
      case Poll.TooOften() -> throw new OAuthException("slow_down", "ask less often");
      case Poll.Expired() ->
          throw new OAuthException("expired_token", "the device code is not good any more");
    };
  }

  private Sessions.Continued open(Outcome.LoggedIn login, String nonce) throws OAuthException {
    return sessions
        .open(login, nonce)
        .orElseThrow(() -> new OAuthException("invalid_grant", "the login is not good any more"));
  }

  /// RFC 7009: there is nothing to tell about a token that is not good.
  private HttpResponse revoke(Query form) {
    String token = text(form, "token");
    sessions.revoke(token);
    try {
      sessions.end(tokens.session(token));
    } catch (InvalidTokenException e) {
      // no ID token, or it ends by itself
    }
    return json(200, Json.object());
  }

  private static void requireClient(Query form) throws OAuthException {
    if (!text(form, "client_id").equals(Client.ID)) {
      throw new OAuthException("invalid_client", "client_id must be " + Client.ID);
    }
  }

  static String text(Query form, String name) {
    return form.first(name).orElse("");
  }

  private static Query form(HttpRequest request) throws OAuthException {
    String type = request.headers().first("content-type").orElse("");
    if (!type.split(";", 2)[0].strip().equalsIgnoreCase("application/x-www-form-urlencoded")) {
      throw new OAuthException(
          "invalid_request", "the body must be application/x-www-form-urlencoded");
    }
    try {
      String body = new String(request.body().readAll(MAX_BODY), StandardCharsets.UTF_8);
      return Query.parse(body);
    } catch (RequestBody.BodyTooLargeException e) {
      throw Statuses.tooLarge("the form is too long");
    } catch (IOException | IllegalArgumentException e) {
      throw new OAuthException("invalid_request", "the form cannot be read");
    }
  }

  private static HttpResponse json(int status, ObjectNode body) {
    return new HttpResponse.Complete(
        status,
        Headers.of(
            "content-type", "application/json",
            "cache-control", "no-store",
            "x-content-type-options", "nosniff"),
        Json.bytes(body));
  }
}
