package io.croft.security.issuer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.OpenRoutes;
import io.croft.security.identity.Login.Outcome;
import io.croft.security.identity.LoginThrottle;
import io.croft.security.issuer.DeviceCodes.Poll;
import io.croft.security.token.InvalidTokenException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
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

  private static final int FREE_CODES = 20;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  private final Supplier<String> issuer;
  private final KeyStore keys;
  private final PasswordForm passwords;
  private final Sessions sessions;
  private final IdTokens tokens;
  private final DeviceCodes devices;
  private final AuthorizationCodes codes;

  /// Who guesses codes is kept from entering codes, and not from logging in otherwise.
  private final LoginThrottle wrongCodes;

  IssuerRoutes(
      Supplier<String> issuer,
      KeyStore keys,
      PasswordForm passwords,
      Sessions sessions,
      IdTokens tokens,
      DeviceCodes devices,
      AuthorizationCodes codes,
      InstantSource clock) {
    this.issuer = issuer;
    this.keys = keys;
    this.passwords = passwords;
    this.sessions = sessions;
    this.tokens = tokens;
    this.devices = devices;
    this.codes = codes;
    this.wrongCodes = new LoginThrottle(FREE_CODES, FIRST_PAUSE, LONGEST_PAUSE, clock);
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
        case "GET " + AUTHORIZE ->
            AuthorizeRequest.of(request.query()).form(200, "", passwords.guard());
        case "POST " + AUTHORIZE -> authorize(request, annotations);
        case "POST " + DEVICE_AUTHORIZATION -> deviceAuthorization(request);
        case "GET " + DEVICE -> deviceForm(200, "");
        case "POST " + DEVICE -> device(request, annotations);
        case "POST " + TOKEN -> token(Forms.read(request), annotations);
        case "POST " + REVOKE -> revoke(Forms.read(request));
        default -> throw Statuses.methodNotAllowed();
      };
    } catch (OAuthException e) {
      if (!e.code().equals("authorization_pending")) { // programs ask every few seconds
        annotations.accept(PasswordForm.REJECTED, e.code());
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
    Query form = Forms.read(request);
    AuthorizeRequest asked = AuthorizeRequest.of(form);
    if (!passwords.isOurs(request, form)) {
      return asked.form(403, PasswordForm.TOO_OLD, passwords.guard());
    }
    Outcome outcome = passwords.attempt(request, form, annotations);
    if (!(outcome instanceof Outcome.LoggedIn login)) {
      return asked.form(PasswordForm.status(outcome), PasswordForm.WRONG, passwords.guard());
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
    requireClient(Forms.read(request));
    DeviceCodes.Issued issued =
        devices
            .issue(PasswordForm.origin(request))
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
    return Pages.form(status, DEVICE, true, Map.of(), problem, passwords.guard().issue(), "");
  }

  private HttpResponse device(HttpRequest request, BiConsumer<String, String> annotations)
      throws OAuthException, InterruptedException {
    Query form = Forms.read(request);
    if (!passwords.isOurs(request, form)) {
      return deviceForm(403, PasswordForm.TOO_OLD);
    }
    String origin = PasswordForm.origin(request);
    boolean isLocked = wrongCodes.isLocked(origin);
    if (isLocked || !devices.isOpen(Forms.text(form, "user_code"))) {
      if (!isLocked) {
        wrongCodes.failed(origin);
      }
      annotations.accept(PasswordForm.REJECTED, "no such device code, or locked out");
      return deviceForm(403, PasswordForm.WRONG);
    }
    Outcome outcome = passwords.attempt(request, form, annotations);
    if (outcome instanceof Outcome.LoggedIn login
        && devices.allow(Forms.text(form, "user_code"), login)) {
      return Pages.message(200, "You are logged in. Go back to the program.");
    }
    return deviceForm(PasswordForm.status(outcome), PasswordForm.WRONG);
  }

  private HttpResponse token(Query form, BiConsumer<String, String> annotations)
      throws OAuthException {
    requireClient(form);
    Sessions.Continued session =
        switch (Forms.text(form, "grant_type")) {
          case "refresh_token" ->
              sessions
                  .refresh(Forms.text(form, "refresh_token"))
                  .orElseThrow(
                      () -> new OAuthException("invalid_grant", "the refresh token is not good"));
          case "authorization_code" -> byCode(form);
          case DEVICE_GRANT -> byDevice(Forms.text(form, "device_code"));
          default ->
              throw new OAuthException(
                  "unsupported_grant_type",
                  "grant_type must be authorization_code, refresh_token or " + DEVICE_GRANT);
        };
    annotations.accept(PasswordForm.LOGIN, session.user().name());
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
        codes.use(
            Forms.text(form, "code"),
            Forms.text(form, "redirect_uri"),
            Forms.text(form, "code_verifier"));
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
    String token = Forms.text(form, "token");
    sessions.revoke(token);
    try {
      sessions.end(tokens.session(token));
    } catch (InvalidTokenException e) {
      // no ID token, or it ends by itself
    }
    return json(200, Json.object());
  }

  private static void requireClient(Query form) throws OAuthException {
    if (!Forms.text(form, "client_id").equals(Client.ID)) {
      throw new OAuthException("invalid_client", "client_id must be " + Client.ID);
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
