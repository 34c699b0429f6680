package io.croft.certificates.acme.protocol;

import io.croft.certificates.acme.protocol.AcmeProblem.Kind;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.util.Optional;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeLazyLoadingException;
import org.shredzone.acme4j.exception.AcmeNetworkException;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;
import org.shredzone.acme4j.exception.AcmeServerException;

/// Turns the library's failures into ours.
final class AcmeCalls {
  private static final String PREFIX = "urn:ietf:params:acme:error:";
  private static final int MAX_MESSAGE = 1024;

  interface Call<T> {
    T run() throws AcmeException;
  }

  private AcmeCalls() {}

  static <T> T of(Call<T> call) throws AcmeProblem {
    try {
      return call.run();
    } catch (AcmeException e) {
      throw problem(e);
    } catch (AcmeLazyLoadingException e) {
      if (e.getCause() instanceof AcmeException cause) {
        throw problem(cause);
      }
      throw new AcmeProblem(Kind.UNREACHABLE, text(e), null, e);
    } catch (AcmeNotSupportedException e) {
      throw new AcmeProblem(Kind.REFUSED, "the server does not offer this: " + text(e), null, e);
    } catch (AcmeProtocolException e) {
      throw new AcmeProblem(
          Kind.UNREACHABLE, "the answer is not that of an ACME server: " + text(e), null, e);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new AcmeProblem(Kind.REFUSED, text(e), null, e);
    }
  }

  private static AcmeProblem problem(AcmeException e) {
    return switch (e) {
      case AcmeRateLimitedException limited ->
          new AcmeProblem(
              Kind.RATE_LIMITED,
              described(limited.getProblem()),
              limited.getRetryAfter().orElse(null),
              e);
      case AcmeServerException server ->
          new AcmeProblem(kind(server.getProblem()), described(server.getProblem()), null, e);
      case AcmeNetworkException network ->
          new AcmeProblem(Kind.UNREACHABLE, "not reached: " + root(network), null, e);
      // An answer without a problem document: not of an ACME server, or of what stands before it.
      default -> new AcmeProblem(Kind.UNREACHABLE, "unexpected answer: " + text(e), null, e);
    };
  }

  private static Kind kind(Problem problem) {
    String type = problem.getType().toString();
    if (type.equals(PREFIX + "accountDoesNotExist")) {
      return Kind.ACCOUNT;
    }
    boolean passing =
        type.equals(PREFIX + "serverInternal")
            || type.equals(PREFIX + "badNonce")
            || status(problem).filter(code -> code >= 500).isPresent();
    return passing ? Kind.UNREACHABLE : Kind.REFUSED;
  }

  private static Optional<Integer> status(Problem problem) {
    var status = problem.asJSON().get("status");
    return status.optional().map(value -> value.asInt());
  }

  static String described(Problem problem) {
    String type = problem.getType().toString();
    String name = type.startsWith(PREFIX) ? type.substring(PREFIX.length()) : type;
    return shortened(name + ": " + problem);
  }

  private static String root(Throwable e) {
    Throwable cause = e;
    for (Throwable next = e.getCause(); next != null; next = next.getCause()) {
      cause = next;
    }
    String name = cause.getClass().getSimpleName();
    return cause.getMessage() == null ? name : name + ": " + shortened(cause.getMessage());
  }

  private static String text(Throwable e) {
    return shortened(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
  }

  /// Servers' texts end up in conditions.
  static String shortened(String text) {
    return text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
  }

  static URL url(String text) {
    try {
      return URI.create(text).toURL();
    } catch (MalformedURLException | IllegalArgumentException e) {
      throw new IllegalArgumentException("no address: " + shortened(text), e);
    }
  }
}
