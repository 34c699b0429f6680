package io.croft.security;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.Authenticator.Outcome.Authenticated;
import io.croft.security.Authenticator.Outcome.NoCredentials;
import io.croft.security.Authenticator.Outcome.Rejected;
import java.io.IOException;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way of every request, from outside or from within: authenticate ▸ open the audit trail ▸
/// impersonate ▸ authorize ▸ handle.
///
/// There is no anonymous access: without good credentials the answer is 401, whatever was asked,
/// but for the paths of {@link OpenRoutes}, which see no credentials and are recorded like all
/// others. Every answer carries `Audit-Id` and, unless the handler said otherwise, `Cache-Control`.
/// A streaming answer is recorded when its body has been written or abandoned. Thread-safe.
public final class RequestChain implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(RequestChain.class);

  private final Authenticator authenticator;
  private final Authorizer authorizer;
  private final Impersonation impersonation;
  private final AuditSink audit;
  private final AuthorizedHandler handler;
  private final OpenRoutes open;
  private final InstantSource clock;

  public RequestChain(
      Authenticator authenticator,
      Authorizer authorizer,
      AuditSink audit,
      AuthorizedHandler handler,
      InstantSource clock) {
    this(authenticator, authorizer, audit, handler, OpenRoutes.NONE, clock);
  }

  /// @param open what is answered without credentials
  public RequestChain(
      Authenticator authenticator,
      Authorizer authorizer,
      AuditSink audit,
      AuthorizedHandler handler,
      OpenRoutes open,
      InstantSource clock) {
    this.open = open;
    this.authenticator = authenticator;
    this.authorizer = authorizer;
    this.impersonation = new Impersonation(authorizer);
    this.audit = audit;
    this.handler = handler;
    this.clock = clock;
  }

  @Override
  public HttpResponse handle(HttpRequest request) {
    return open.paths().contains(request.path()) ? passOpen(request) : pass(request, authenticator);
  }

  private HttpResponse passOpen(HttpRequest request) {
    Asked asked = Asked.parse(request);
    var trail = new AuditTrail(audit, clock, request, asked.info());
    try {
      HttpResponse response = open.handle(withoutCredentials(request), trail::annotate);
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
    return request -> pass(request, _ -> known);
  }

  private HttpResponse pass(HttpRequest request, Authenticator authentication) {
    Asked asked = Asked.parse(request);
    var trail = new AuditTrail(audit, clock, request, asked.info());
    HttpResponse response;
    try {
      UserInfo caller = caller(authentication.authenticate(request), trail);
      RequestInfo info = asked.orRefuse();
      UserInfo user = impersonate(request, caller, trail);
      authorize(new Attributes(user, info), trail);
      response =
          handler.handle(
              withoutCredentials(request),
              new RequestContext(user, info, trail.auditId(), trail::annotate));
    } catch (StatusException e) {
      trail.completed(e.status());
      return mark(StatusResponse.of(e.status()), trail);
    } catch (RuntimeException | Error e) {
      return mark(StatusResponse.of(unforeseen(e, trail)), trail);
    }
    return mark(recorded(request, response, asked.info(), trail), trail);
  }

  private static UserInfo caller(Authenticator.Outcome outcome, AuditTrail trail) {
    return switch (outcome) {
      case Authenticated(UserInfo user) -> {
        trail.user(user);
        yield user;
      }
      case NoCredentials() -> throw Statuses.unauthorized();
      case Rejected(String reason) -> {
        trail.rejected(reason);
        throw Statuses.unauthorized();
      }
    };
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
    HttpRequest stripped = Impersonation.strip(request);
    return stripped.withHeaders(stripped.headers().without("authorization"::equals));
  }

  private void authorize(Attributes attributes, AuditTrail trail) {
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
    trail.completed(response);
    return response;
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
      writer.writeTo(sink);
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
    return switch (response) {
      case HttpResponse.Complete(int status, Headers headers, byte[] body) ->
          new HttpResponse.Complete(status, mark(headers, trail), body);
      case HttpResponse.Streaming(int status, Headers headers, var writer) ->
          new HttpResponse.Streaming(status, mark(headers, trail), writer);
    };
  }

  private static Headers mark(Headers headers, AuditTrail trail) {
    Headers marked = headers.with("audit-id", trail.auditId());
    return headers.first("cache-control").isPresent()
        ? marked
        : marked.with("cache-control", "no-cache, private");
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
