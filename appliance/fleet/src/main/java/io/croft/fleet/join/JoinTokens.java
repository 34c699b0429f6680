package io.croft.fleet.join;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Verifier;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// What tokens are worth, and who has joined with them. Thread-safe.
final class JoinTokens {
  private static final int ATTEMPTS = 20;

  private final ApiClient client;
  private final InstantSource clock;

  JoinTokens(ApiClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  Optional<ApiObject> find(String id) {
    return client
        .find(FleetKinds.TOKENS, "", id)
        .filter(token -> token.deletionTimestamp() == null);
  }

  static Verifier verifier(ApiObject token) {
    JsonNode spec = token.json().path("spec");
    return new Verifier(spec.path("storedKey").asText(), spec.path("serverKey").asText());
  }

  /// @throws StatusException when the token is not good for this host any more
  void require(ApiObject token, String role, String machine, String key) {
    JsonNode spec = token.json().path("spec");
    if (spec.path("revoked").asBoolean(false)) {
      throw Refusal.REVOKED.because("the token was revoked; ask for another one");
    }
    if (!clock.instant().isBefore(end(spec))) {
      throw Refusal.EXPIRED.because(
          "the token ended at %s; ask for another one".formatted(spec.path("expires").asText()));
    }
    String wanted = spec.path("role").asText();
    if (!wanted.equals(role)) {
      throw Refusal.WRONG_ROLE.because(
          "the token is for hosts that join as %s, not as %s".formatted(wanted, role));
    }
    String only = spec.path("node").asText("");
    if (!only.isEmpty() && !only.equals(machine)) {
      throw Refusal.WRONG_NODE.because(
          "the token is for the node %s, not for %s".formatted(only, machine));
    }
    if (!hasJoined(token, key) && used(token) >= spec.path("uses").asInt(1)) {
      throw Refusal.USED.because(
          "the token was used already, as often as it may be (%d); ask for another one"
              .formatted(spec.path("uses").asInt(1)));
    }
  }

  /// Counts a use before anything is given for it; the same key counts once, so that whoever was
  /// interrupted can try again.
  ///
  /// @throws StatusException when someone else was faster
  void use(String id, String role, String machine, String key) {
    for (int i = 0; i < ATTEMPTS; i++) {
      ApiObject token =
          find(id).orElseThrow(() -> Refusal.UNKNOWN_TOKEN.because("the token was deleted"));
      require(token, role, machine, key);
      if (hasJoined(token, key)) {
        return;
      }
      try {
        client.updateStatus(FleetKinds.TOKENS, counted(token.copy(), machine, key));
        return;
      } catch (StatusException e) {
        if (e.status().code() != StatusReason.CONFLICT.code()) {
          throw e;
        }
      }
    }
    throw Refusal.UNAVAILABLE.because("too many hosts join at a time; try again");
  }

  private ApiObject counted(ApiObject token, String machine, String key) {
    ObjectNode status =
        token.json().get("status") instanceof ObjectNode there
            ? there
            : token.json().putObject("status");
    status
        .withArray("joined")
        .addObject()
        .put("machine", machine)
        .put("key", key)
        .put("time", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    status.put("used", status.path("joined").size());
    return token;
  }

  private static boolean hasJoined(ApiObject token, String key) {
    for (JsonNode joined : token.json().path("status").path("joined")) {
      if (joined.path("key").asText().equals(key)) {
        return true;
      }
    }
    return false;
  }

  private static int used(ApiObject token) {
    return token.json().path("status").path("joined").size();
  }

  /// When a token ends; long ago when that cannot be read.
  static Instant end(JsonNode spec) {
    try {
      return OffsetDateTime.parse(spec.path("expires").asText("")).toInstant();
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }
}
