package io.croft.security;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.RequestBody;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.Authenticator.Outcome.Authenticated;
import io.croft.security.Authenticator.Outcome.NoCredentials;
import io.croft.security.Authenticator.Outcome.Rejected;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way of every request, from outside or from within: authenticate ▸ open the audit trail ▸
/// impersonate ▸ authorize ▸ handle.
///
/// The API knows no anonymous access: without good credentials the answer is 401, whatever was
/// asked, but for the paths of [OpenRoutes], which see no credentials and are recorded like all
/// others. Other destinations say for themselves who is let through. Every answer carries
/// `Audit-Id` and, unless the handler said otherwise, `Cache-Control`. A streaming answer is
/// recorded when its body has been written or abandoned. Thread-safe.
public final class RequestChain implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(RequestChain.class);

  /// The most that is read of the body of a request without credentials, and for how long.
  private static final int MAX_OPEN_BODY = 16 << 10;

  private static final Duration OPEN_BODY = Duration.ofSeconds(5);

  private static final Access API =
      new Access(false, Optional.of(UnaryOperator.identity()), Optional.empty(), false);

  private final Authenticator authenticator;
  private final Authorizer authorizer;
  private final Impersonation impersonation;
  private final AuditSink audit;
  private final AuditPolicy policy;
  private final Destination api;
  private final Destinations destinations;
  private final List<Open> open;

  private final RequestRates rates;
  private final OpenAnswers openAnswers;
  private final InstantSource clock;

  /// A chain whose requests are all for the API, and recorded as usual.
  public RequestChain(
      Authenticator authenticator,
      Authorizer authorizer,
      AuditSink audit,
      AuthorizedHandler handler,
      InstantSource clock) {
    this(
        authenticator,
        authorizer,
        audit,
        AuditPolicy.USUAL,
        handler,
        Destinations.NONE,
        OpenRoutes.NONE,
        RequestRates.UNLIMITED,
        new OpenAnswers(),
        clock);
  }

  /// @param handler the API
  /// @param destinations what else is served, to callers from outside
  /// @param open what is answered without credentials
  /// @param rates how often callers from outside may come
  /// @param openAnswers sees to it that long answers end with the credentials
  public RequestChain(
      Authenticator authenticator,
      Authorizer authorizer,
      AuditSink audit,
      AuditPolicy policy,
      AuthorizedHandler handler,
      Destinations destinations,
      OpenRoutes open,
      RequestRates rates,
      OpenAnswers openAnswers,
      InstantSource clock) {
    this.open = open.parts().stream().map(part -> new Open(part, new OpenPlaces())).toList();
    this.authenticator = authenticator;
    this.authorizer = authorizer;
    this.impersonation = new Impersonation(authorizer);
    this.audit = audit;
    this.policy = policy;
    this.api = new Destination(API, handler);
    this.destinations = destinations;
    this.rates = rates;
    this.openAnswers = openAnswers;
    this.clock = clock;
  }

  @Override
  public HttpResponse handle(HttpRequest request) {
    try {
      rates.admit(request.peer().address());
    } catch (StatusException e) {
      return StatusResponse.of(e.status()); // a record of each would be a flood too
    }
    Optional<Destination> destination = destinations.find(request);
    if (destination.isEmpty()) {
      for (Open part : open) {
        if (part.routes().paths().contains(request.path())) {
          return passOpen(part, request);
        }
      }
    }
    return pass(request, authenticator, destination.orElse(api), rates);
  }

  /// What is answered without credentials, and the places for it.
  private record Open(OpenRoutes routes, OpenPlaces places) {}

  /// Bodies are never recorded here: passwords are in them.
  private HttpResponse passOpen(Open part, HttpRequest request) {
    String address = request.peer().address();
    if (!part.places().enter(address)) {
      return tooMany("from this address");
    }
    try {
      HttpRequest whole = request.withBody(arrived(request.body()));
      if (!part.places().tryAcquire()) {
        return tooMany("without credentials");
      }
      try {
        return answerOpen(part.routes(), whole);
      } finally {
        part.places().release();
      }
    } finally {
      part.places().leave(address);
    }
  }

  private static HttpResponse tooMany(String which) {
    return StatusResponse.of(
        Statuses.tooManyRequests("too many requests at a time " + which, 1).status());
  }

  /// Reads a body, so that nobody has one of the common places while sending. What goes wrong is
  /// for who asks for the body.
  private static RequestBody arrived(RequestBody body) {
    try {
      return RequestBody.of(body.readAll(MAX_OPEN_BODY, OPEN_BODY));
    } catch (IOException e) {
      return _ -> {
        throw e;
      };
    }
  }

  private HttpResponse answerOpen(OpenRoutes open, HttpRequest request) {
    Asked asked = Asked.parse(request);
    var trail = new AuditTrail(audit, policy, clock, request, asked.info());
    try {
      trail.received(Optional.of(AuditLevel.METADATA));
      HttpResponse response = open.handle(withoutAuthorization(request), trail::annotate);
      return mark(recorded(request, response, asked.info(), trail), trail);
    } catch (StatusException e) {
      trail.completed(e.status());
      return mark(StatusResponse.of(e.status()), trail);
    } catch (RuntimeException | Error e) {
      return mark(StatusResponse.of(unforeseen(e, trail)), trail);
    }
  }

  /// The same chain for a caller in this process, whose identity needs no proof.
  public HttpHandler as(UserInfo user) {
    var known = new Authenticated(user);
    return request -> pass(request, _ -> known, api, RequestRates.UNLIMITED);
  }

  private HttpResponse pass(
      HttpRequest request,
      Authenticator authentication,
      Destination destination,
      RequestRates limits) {
    Access access = destination.access();
    Asked asked = Asked.parse(request);
    var trail = new AuditTrail(audit, policy, clock, request, asked.info());
    HttpResponse response;
    try {
      Authenticator.Outcome outcome = authentication.authenticate(request);
      UserInfo caller = caller(outcome, access, trail);
      trail.received(access.auditLevel());
      limits.admit(caller);
      RequestInfo info = asked.orRefuse();
      UserInfo user = impersonate(request, caller, trail);
      authorize(user, info, access, trail);
      Optional<Standing> standing =
          outcome instanceof Authenticated good ? good.standing() : Optional.empty();
      boolean known = !user.name().equals(UserInfo.ANONYMOUS.name());
      response =
          destination
              .handler()
              .handle(
                  trail.noting(
                      access.forwardsCredentials() && !known
                          ? withoutCookies(Impersonation.strip(request))
                          : withoutCredentials(request)),
                  new RequestContext(
                      user,
                      info,
                      trail.auditId(),
                      trail::annotate,
                      user.equals(caller) ? standing : Optional.empty()));
      if (standing.isPresent()) {
        response = openAnswers.follow(response, standing.get());
      }
    } catch (StatusException e) {
      trail.completed(e.status());
      return mark(StatusResponse.of(e.status()), trail);
    } catch (RuntimeException | Error e) {
      return mark(StatusResponse.of(unforeseen(e, trail)), trail);
    }
    HttpResponse recorded = recorded(request, response, asked.info(), trail);
    return destination.equals(api) ? mark(recorded, trail) : identify(recorded, trail);
  }

  private static UserInfo caller(Authenticator.Outcome outcome, Access access, AuditTrail trail) {
    return switch (outcome) {
      case Authenticated(UserInfo user, _) -> {
        trail.user(user);
        yield user;
      }
      case NoCredentials() -> anonymous(access.anonymous(), trail);
      case Rejected(String reason, boolean ours) -> {
        trail.rejected(reason);
        yield anonymous(access.forwardsCredentials() && !ours, trail);
      }
    };
  }

  private static UserInfo anonymous(boolean letIn, AuditTrail trail) {
    if (!letIn) {
      throw Statuses.unauthorized();
    }
    trail.user(UserInfo.ANONYMOUS);
    return UserInfo.ANONYMOUS;
  }

  private UserInfo impersonate(HttpRequest request, UserInfo caller, AuditTrail trail) {
    return impersonation
        .of(request, caller)
        .map(user -> {
          trail.impersonated(user);
          return user;
        })
        .orElse(caller);
  }

  /// What was looked at here is nobody's business behind it, least of all a token.
  private static HttpRequest withoutCredentials(HttpRequest request) {
    return withoutCookies(withoutAuthorization(request));
  }

  private static HttpRequest withoutAuthorization(HttpRequest request) {
    HttpRequest stripped = Impersonation.strip(request);
    return stripped.withHeaders(stripped.headers().without("authorization"::equals));
  }

  private static HttpRequest withoutCookies(HttpRequest request) {
    return request.withHeaders(OwnCookies.strip(request.headers()));
  }

  private void authorize(UserInfo user, RequestInfo info, Access access, AuditTrail trail) {
    if (access.permission().isEmpty()) {
      trail.decided(Decision.allow("the route asks for no permission"));
      return;
    }
    var attributes = new Attributes(user, access.permission().get().apply(info));
    Decision decision = authorizer.authorize(attributes);
    trail.decided(decision);
    if (!decision.allowed()) {
      throw attributes.forbidden(decision.reason());
    }
  }

  /// The caller learns nothing but where to find the error in the log.
  private static Status unforeseen(Throwable error, AuditTrail trail) {
    LOG.atError()
        .addKeyValue("auditID", trail.auditId())
        .setCause(error)
        .log("A request failed unexpectedly");
    Status status =
        Statuses.internal("unexpected error; the server's log has it under " + trail.auditId())
            .status();
    trail.panicked(status);
    return status;
  }

  /// Sees to it that the end of an answer is recorded.
  private static HttpResponse recorded(
      HttpRequest request, HttpResponse response, @Nullable RequestInfo info, AuditTrail trail) {
    if (response instanceof HttpResponse.Streaming(int status, Headers headers, var writer)
        && hasBody(request, status)) {
      if (info != null && info.longRunning()) {
        trail.started(status);
      }
      return new HttpResponse.Streaming(
          status, headers, sink -> writeRecorded(response, writer, sink, trail));
    }
    if (response instanceof HttpResponse.Upgraded(Headers headers, var conversation)) {
      trail.started(response.status());
      return new HttpResponse.Upgraded(
          headers, (from, to) -> hold(response, conversation, from, to, trail));
    }
    trail.completed(response);
    return response;
  }

  private static void hold(
      HttpResponse response,
      HttpResponse.Conversation conversation,
      InputStream from,
      HttpResponse.BodySink to,
      AuditTrail trail)
      throws IOException {
    writeRecorded(response, sink -> conversation.hold(from, sink), to, trail);
  }

  /// RFC 9110 section 6.4.1: there are answers whose body nobody will ask the writer for.
  private static boolean hasBody(HttpRequest request, int status) {
    return !request.method().equals("HEAD") && status != 204 && status != 304;
  }

  private static void writeRecorded(
      HttpResponse response,
      HttpResponse.BodyWriter writer,
      HttpResponse.BodySink sink,
      AuditTrail trail)
      throws IOException {
    try {
      writer.writeTo(trail.noting(sink));
    } catch (IOException e) {
      trail.completed(response); // the receiver has left; that is how most watches end
      throw e;
    } catch (RuntimeException | Error e) {
      unforeseen(e, trail);
      throw e;
    }
    trail.completed(response);
  }

  private static HttpResponse mark(HttpResponse response, AuditTrail trail) {
    HttpResponse identified = identify(response, trail);
    return response.headers().first("cache-control").isPresent()
        ? identified
        : with(identified, "cache-control", "no-cache, private");
  }

  /// What others say about caching is left as it is.
  private static HttpResponse identify(HttpResponse response, AuditTrail trail) {
    return with(response, "audit-id", trail.auditId());
  }

  private static HttpResponse with(HttpResponse response, String name, String value) {
    Headers headers = response.headers().with(name, value);
    return switch (response) {
      case HttpResponse.Complete(int status, _, byte[] body) ->
          new HttpResponse.Complete(status, headers, body);
      case HttpResponse.Streaming(int status, _, var writer) ->
          new HttpResponse.Streaming(status, headers, writer);
      case HttpResponse.Upgraded(_, var conversation) ->
          new HttpResponse.Upgraded(headers, conversation);
    };
  }

  /// What a request asks for, or why that cannot be told. Strangers are sent away before they hear
  /// of it.
  private record Asked(@Nullable RequestInfo info, String error) {
    static Asked parse(HttpRequest request) {
      try {
        return new Asked(RequestInfo.parse(request.method(), request.path(), request.query()), "");
      } catch (IllegalArgumentException e) {
        return new Asked(null, String.valueOf(e.getMessage()));
      }
    }

    RequestInfo orRefuse() {
      if (info == null) {
        throw Statuses.badRequest("malformed request path: " + error);
      }
      return info;
    }
  }
}
