package io.croft.fleet.join;

import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Clears tokens away that ended a while ago. Until then, whoever tries one is told that it has.
final class OldTokens implements Reconciler {
  static final Duration KEPT = Duration.ofDays(7);

  private final ApiClient client;
  private final InstantSource clock;

  OldTokens(ApiClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> token = client.find(FleetKinds.TOKENS, "", request.name());
    if (token.isEmpty() || token.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    Instant due = JoinTokens.end(token.get().json().path("spec")).plus(KEPT);
    Duration left = Duration.between(clock.instant(), due);
    if (left.isPositive()) {
      return new Result(left);
    }
    client.delete(
        FleetKinds.TOKENS, "", request.name(), DeleteOptions.DEFAULT.withUid(token.get().uid()));
    return Result.DONE;
  }
}
