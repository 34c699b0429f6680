package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.client.Informer;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which challenges are worked on: 60 at most, and never two that prove the same name in the same
/// way, since they would stand in each other's place. The oldest go first. Thread-safe.
final class ChallengeSlots {
  static final String BY_PHASE = "phase";

  private static final String WAITING = "waiting";
  private static final String WORKED_ON = "in-work";
  private static final int MAX = 60;
  private static final Comparator<ApiObject> OLDEST =
      Comparator.<ApiObject, Instant>comparing(
              c -> Optional.ofNullable(c.creationTimestamp()).orElse(Instant.MAX))
          .thenComparing(Request::of);

  private final Informer challenges;
  private final int max;

  /// What they prove, of those that have a slot: the informer may not know yet.
  private final Map<Request, String> taken = new HashMap<>();

  /// @param challenges with the index [#BY_PHASE]
  ChallengeSlots(Informer challenges) {
    this(challenges, MAX);
  }

  ChallengeSlots(Informer challenges, int max) {
    this.challenges = challenges;
    this.max = max;
  }

  /// The values of the index.
  static List<String> phase(ApiObject challenge) {
    if (processing(challenge)) {
      return List.of(WORKED_ON);
    }
    boolean done = AcmeStates.over(challenge) || challenge.deletionTimestamp() != null;
    return done ? List.of() : List.of(WAITING, waitingFor(target(challenge)));
  }

  static boolean processing(ApiObject challenge) {
    return AcmeStates.status(challenge, "processing").asBoolean(false);
  }

  private static String waitingFor(String target) {
    return WAITING + " " + target;
  }

  private static String target(ApiObject challenge) {
    JsonNode spec = challenge.json().path("spec");
    return spec.path("type").asText("") + " " + spec.path("dnsName").asText("");
  }

  /// Takes a slot for a challenge, if there is one and it is its turn.
  synchronized boolean take(ApiObject challenge) {
    Request key = Request.of(challenge);
    if (taken.containsKey(key)) {
      return true;
    }
    Map<Request, String> inWork = inWork();
    inWork.remove(key);
    String target = target(challenge);
    boolean rival =
        challenges.byIndex(BY_PHASE, waitingFor(target)).stream()
            .anyMatch(c -> OLDEST.compare(c, challenge) < 0);
    if (rival || inWork.size() >= max || inWork.containsValue(target)) {
      return false;
    }
    taken.put(key, target);
    return true;
  }

  /// Notes a challenge that had its slot before this process began.
  synchronized void hold(ApiObject challenge) {
    taken.put(Request.of(challenge), target(challenge));
  }

  synchronized void release(Request key) {
    taken.remove(key);
  }

  private Map<Request, String> inWork() {
    var inWork = new HashMap<>(taken);
    challenges.byIndex(BY_PHASE, WORKED_ON).forEach(c -> inWork.put(Request.of(c), target(c)));
    return inWork;
  }

  /// Those whose turn it may be, the oldest first.
  synchronized List<Request> next() {
    Map<Request, String> inWork = inWork();
    var targets = new HashSet<>(inWork.values());
    return challenges.byIndex(BY_PHASE, WAITING).stream()
        .sorted(OLDEST)
        .filter(c -> targets.add(target(c)))
        .limit(max)
        .map(Request::of)
        .toList();
  }
}
