package io.croft.security.oidc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import io.croft.model.Json;
import io.croft.security.token.InvalidTokenException;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of an issuer, found by its discovery document. They are read when a token first needs
/// them, again when they are old or a token names one that is not there, but never more often than
/// every few seconds, whatever strangers send. Thread-safe.
final class IssuerKeys {
  /// After this time keys are read again, so that one that was withdrawn ends.
  static final Duration FRESH = Duration.ofMinutes(15);

  /// For this long keys are used while the issuer cannot be asked.
  static final Duration USABLE = Duration.ofHours(24);

  /// The least time between two attempts.
  static final Duration PAUSE = Duration.ofSeconds(5);

  static final int MAX_KEYS = 100;
  private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);

  /// Reads a document. {@link HttpsFetch} in life.
  @FunctionalInterface
  interface Documents {
    ObjectNode get(String url) throws IOException;
  }

  private static final int MAX_WAITING = 8;
  private static final int MAX_WAIT_SECONDS = 3;

  private final String issuer;
  private final String discoveryUrl;
  private final Documents documents;
  private final InstantSource clock;
  private final ReentrantLock reading = new ReentrantLock();
  private volatile @Nullable Known known;
  private volatile Instant lastAttempt = Instant.MIN;

  /// @param text what the keys were read from
  private record Known(JWKSet keys, String text, Instant read) {}

  IssuerKeys(String issuer, String discoveryUrl, Documents documents, InstantSource clock) {
    this.issuer = issuer;
    this.discoveryUrl = discoveryUrl;
    this.documents = documents;
    this.clock = clock;
  }

  /// The keys as they are known now; another object when they have changed.
  @Nullable JWKSet current() {
    Known now = known;
    return now == null || now.read().plus(FRESH).isBefore(clock.instant()) ? null : now.keys();
  }

  /// The keys by which a token may have been signed. May wait for the issuer.
  ///
  /// @throws InvalidTokenException when there are none
  List<JWK> matching(JWSHeader header) throws InvalidTokenException {
    var selector = new JWKSelector(JWKMatcher.forJWSHeader(header));
    Known before = known;
    if (before != null && current() != null) {
      List<JWK> found = selector.select(before.keys());
      if (!found.isEmpty()) {
        return found;
      }
    }
    Known now = read(before);
    List<JWK> found = now == null ? List.of() : selector.select(now.keys());
    if (found.isEmpty()) {
      throw new InvalidTokenException(
          now == null
              ? "the keys of the token's issuer cannot be read"
              : "the token is signed by no key of its issuer");
    }
    return found;
  }

  /// @param seen what the caller has looked at in vain
  @SuppressWarnings("ReferenceEquality") // whether anybody has read them meanwhile
  private @Nullable Known read(@Nullable Known seen) {
    // Strangers can ask for it, too: nobody waits longer for an issuer than a caller would.
    if (!tryReading()) {
      return usable();
    }
    try {
      boolean someoneElseDid = known != seen;
      if (!someoneElseDid && !lastAttempt.plus(PAUSE).isAfter(clock.instant())) {
        try {
          fetch(clock.instant());
        } finally {
          lastAttempt = clock.instant();
        }
      }
      return usable();
    } finally {
      reading.unlock();
    }
  }

  private boolean tryReading() {
    try {
      return reading.getQueueLength() >= MAX_WAITING
          ? reading.tryLock()
          : reading.tryLock(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private @Nullable Known usable() {
    Known now = known;
    return now == null || now.read().plus(USABLE).isBefore(clock.instant()) ? null : now;
  }

  private void fetch(Instant now) {
    try {
      ObjectNode discovery = documents.get(discoveryUrl);
      String named = discovery.path("issuer").asText("");
      if (!named.equals(issuer)) {
        throw new IOException(discoveryUrl + " is about another issuer, " + named);
      }
      String text = Json.text(documents.get(discovery.path("jwks_uri").asText("")));
      Known before = known;
      JWKSet keys = before != null && before.text().equals(text) ? before.keys() : parse(text);
      known = new Known(keys, text, now);
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("issuer", issuer)
          .addKeyValue("reason", e.getMessage())
          .log("The keys of an issuer cannot be read");
    }
  }

  private static JWKSet parse(String text) throws IOException {
    try {
      JWKSet keys = JWKSet.parse(text).toPublicJWKSet();
      if (keys.size() > MAX_KEYS) {
        throw new IOException("the issuer has more than " + MAX_KEYS + " keys");
      }
      return keys;
    } catch (ParseException e) {
      throw new IOException("the issuer's keys are not of the right form: " + e.getMessage());
    }
  }
}
