package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionKind;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How an object is to be deleted.
///
/// @param uid when not empty, only an object with this uid is deleted
/// @param resourceVersion when not empty, only an object at this version is deleted
/// @param propagation what becomes of the objects that it owns; null to leave that to the object
///   and its kind
/// @param orphanDependents the older way to say that; never set together with `propagation`
/// @param gracePeriodSeconds how long the object may take to end; null for its own setting
/// @param dryRun whether everything is done but the deleting
public record DeleteOptions(
    String uid,
    String resourceVersion,
    @Nullable Propagation propagation,
    @Nullable Boolean orphanDependents,
    @Nullable Long gracePeriodSeconds,
    boolean dryRun) {
  private static final GroupVersionKind KIND =
      new GroupVersionKind("meta.k8s.io", "v1", "DeleteOptions");

  /// What becomes of the objects that a deleted one owns.
  public enum Propagation {
    /// They go first; the owner waits for those that block it.
    FOREGROUND("Foreground"),
    /// They go afterwards.
    BACKGROUND("Background"),
    /// They stay, without an owner.
    ORPHAN("Orphan");

    private final String text;

    Propagation(String text) {
      this.text = text;
    }

    private static Optional<Propagation> of(String text) {
      return Arrays.stream(values()).filter(p -> p.text.equals(text)).findFirst();
    }
  }

  /// Reads `meta/v1` `DeleteOptions`.
  ///
  /// @throws io.croft.model.StatusException 400 when it is something else, 422 when its values make
  ///   no sense
  public static DeleteOptions parse(JsonNode json) {
    String kind = json.path("kind").asText("DeleteOptions");
    if (!kind.equals("DeleteOptions")) {
      throw Statuses.badRequest("the body of a delete request must be DeleteOptions, not " + kind);
    }
    JsonNode preconditions = json.path("preconditions");
    if (present(preconditions) && !preconditions.isObject()) {
      throw Statuses.badRequest("preconditions must be an object");
    }
    var errors = new ArrayList<FieldError>();
    var options =
        new DeleteOptions(
            text(preconditions, "preconditions.", "uid"),
            text(preconditions, "preconditions.", "resourceVersion"),
            propagation(json, errors),
            orphanDependents(json),
            gracePeriod(json),
            dryRun(json, errors));
    if (!errors.isEmpty()) {
      throw Statuses.invalid(KIND, "", errors);
    }
    return options;
  }

  private static boolean present(JsonNode node) {
    return !node.isMissingNode() && !node.isNull();
  }

  private static String text(JsonNode node, String prefix, String field) {
    JsonNode value = node.path(field);
    if (present(value) && !value.isTextual()) {
      throw Statuses.badRequest(prefix + field + " must be a string");
    }
    return value.asText("");
  }

  private static @Nullable Propagation propagation(JsonNode json, List<FieldError> errors) {
    if (!present(json.path("propagationPolicy"))) {
      return null;
    }
    String wanted = text(json, "", "propagationPolicy");
    if (present(json.path("orphanDependents"))) {
      errors.add(
          FieldError.invalid(
              "propagationPolicy",
              wanted,
              "orphanDependents and deletionPropagation cannot be both set"));
    }
    Optional<Propagation> known = Propagation.of(wanted);
    if (known.isEmpty()) {
      errors.add(
          FieldError.notSupported(
              "propagationPolicy", wanted, List.of("Foreground", "Background", "Orphan", "nil")));
    }
    return known.orElse(null);
  }

  private static @Nullable Boolean orphanDependents(JsonNode json) {
    JsonNode value = json.path("orphanDependents");
    if (present(value) && !value.isBoolean()) {
      throw Statuses.badRequest("orphanDependents must be true or false");
    }
    return present(value) ? value.asBoolean() : null;
  }

  /// A negative period counts as one second, as kube-apiserver has it; one of more than 68 years as
  /// these.
  private static @Nullable Long gracePeriod(JsonNode json) {
    JsonNode value = json.path("gracePeriodSeconds");
    if (present(value) && !(value.isIntegralNumber() && value.canConvertToLong())) {
      throw Statuses.badRequest("gracePeriodSeconds must be a whole number");
    }
    if (!present(value)) {
      return null;
    }
    return value.asLong() < 0 ? 1 : Math.min(value.asLong(), Integer.MAX_VALUE);
  }

  private static boolean dryRun(JsonNode json, List<FieldError> errors) {
    JsonNode values = json.path("dryRun");
    if (present(values) && !values.isArray()) {
      throw Statuses.badRequest("dryRun must be a list that holds nothing but All");
    }
    for (JsonNode value : values) {
      if (!value.asText("").equals("All")) {
        errors.add(FieldError.notSupported("dryRun", values, List.of("All")));
        return true;
      }
    }
    return !values.isEmpty();
  }

  public DeleteOptions asDryRun() {
    return new DeleteOptions(
        uid, resourceVersion, propagation, orphanDependents, gracePeriodSeconds, true);
  }

  /// Whether the caller is told by 202 that the object is still there for a while: it asked for a
  /// deletion with all that belongs to it.
  public boolean asksToWait() {
    return propagation == Propagation.FOREGROUND || Boolean.FALSE.equals(orphanDependents);
  }
}
