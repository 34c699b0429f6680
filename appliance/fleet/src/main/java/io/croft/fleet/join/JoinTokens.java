package io.croft.fleet.join;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.ListOptions;
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
  void require(ApiObject token, Claim claim) {
    JsonNode spec = token.json().path("spec");
    if (spec.path("revoked").asBoolean(false)) {
      throw Refusal.REVOKED.because("the token was revoked; ask for another one");
    }
    if (!clock.instant().isBefore(end(spec))) {
      throw Refusal.EXPIRED.because(
          "the token ended at %s; ask for another one".formatted(spec.path("expires").asText()));
    }
    String wanted = spec.path("role").asText();
    if (!wanted.equals(claim.role())) {
      throw Refusal.WRONG_ROLE.because(
          "the token is for hosts that join as %s, not as %s".formatted(wanted, claim.role()));
    }
    String only = spec.path("node").asText("");
    if (!only.isEmpty() && !only.equals(claim.machine())) {
      throw Refusal.WRONG_NODE.because(
          "the token is for the node %s, not for %s".formatted(only, claim.machine()));
    }
    if (!hasJoined(token, claim) && used(token) >= spec.path("uses").asInt(1)) {
      throw Refusal.USED.because(
          "the token was used already, as often as it may be (%d); ask for another one"
              .formatted(spec.path("uses").asInt(1)));
    }
  }

  /// Counts a use before anything is given for it; the same key counts once for the same name, so
  /// that whoever was interrupted can try again.
  ///
  /// @throws StatusException when someone else was faster
  void use(Claim claim) {
    for (int i = 0; i < ATTEMPTS; i++) {
      ApiObject token =
          find(claim.token())
              .orElseThrow(() -> Refusal.UNKNOWN_TOKEN.because("the token was deleted"));
      require(token, claim);
      if (hasJoined(token, claim)) {
        return;
      }
      try {
        client.updateStatus(FleetKinds.TOKENS, counted(token.copy(), claim));
        return;
      } catch (StatusException e) {
        if (e.status().code() != StatusReason.CONFLICT.code()) {
          throw e;
        }
      }
    }
    throw Refusal.UNAVAILABLE.because("too many hosts join at a time; try again");
  }

  /// Ends the right of hosts to join once more by what they have joined with: whoever was removed
  /// or replaced needs another use.
  ///
  /// @param exceptKey whose right remains; empty for nobody's
  /// @throws StatusException when a token was changed meanwhile; to be called again
  void withdraw(String machine, String exceptKey) {
    for (ApiObject token : client.listAll(FleetKinds.TOKENS, "", ListOptions.ALL).items()) {
      ApiObject ended = token.copy();
      boolean changed = false;
      for (JsonNode joined : ended.json().path("status").path("joined")) {
        if (joined.path("machine").asText().equals(machine)
            && !joined.path("key").asText().equals(exceptKey)
            && !joined.path("ended").asBoolean()) {
          ((ObjectNode) joined).put("ended", true);
          changed = true;
        }
      }
      if (changed) {
        client.updateStatus(FleetKinds.TOKENS, ended);
      }
    }
  }

  private ApiObject counted(ApiObject token, Claim claim) {
    ObjectNode status =
        token.json().get("status") instanceof ObjectNode there
            ? there
            : token.json().putObject("status");
    status
        .withArray("joined")
        .addObject()
        .put("machine", claim.machine())
        .put("key", claim.key())
        .put("time", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    status.put("used", status.path("joined").size());
    return token;
  }

  private static boolean hasJoined(ApiObject token, Claim claim) {
    for (JsonNode joined : token.json().path("status").path("joined")) {
      if (joined.path("machine").asText().equals(claim.machine())
          && joined.path("key").asText().equals(claim.key())
          && !joined.path("ended").asBoolean()) {
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
