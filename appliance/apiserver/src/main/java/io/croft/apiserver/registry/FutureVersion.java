package io.croft.apiserver.registry;

import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import java.util.List;

/// The answer to who asks for a version that has not come yet, for instance one from before a
/// restore.
final class FutureVersion {
  private FutureVersion() {}

  static StatusException status(long wanted, long current) {
    Status plain =
        Statuses.timeout("Too large resource version: " + wanted + ", current: " + current, 1)
            .status();
    // Clients look for the cause, and then ask again without a version.
    var cause = new StatusCause("ResourceVersionTooLarge", "Too large resource version", "");
    var details = new StatusDetails("", "", "", "", 1, List.of(cause));
    return new StatusException(Status.failure(StatusReason.TIMEOUT, plain.message(), details));
  }
}
