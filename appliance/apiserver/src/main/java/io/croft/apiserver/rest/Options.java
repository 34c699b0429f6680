package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.apply.FieldManager;
import io.croft.apiserver.registry.Caller;
import io.croft.apiserver.registry.ListOptions;
import io.croft.apiserver.registry.ListOptions.VersionMatch;
import io.croft.apiserver.registry.WatchOptions;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.registry.WriteOptions.FieldValidation;
import io.croft.base.http.Query;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.FieldSelector;
import io.croft.model.GroupVersionKind;
import io.croft.model.Json;
import io.croft.model.LabelSelector;
import io.croft.model.Statuses;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Reads the options of `meta/v1` off query parameters. Everything here throws
/// `io.croft.model.StatusException` 400 or 422 for values that mean nothing.
final class Options {
  /// How long a watch lasts when the client does not say: so long that it is no burden, and not all
  /// at once.
  private static final int WATCH_MIN_SECONDS = 1800;

  private static final int WATCH_MAX_SECONDS = 86_400;

  private static final String MATCH = "resourceVersionMatch";
  private static final String EXACT = "Exact";
  private static final String NOT_OLDER_THAN = "NotOlderThan";
  private static final String INITIAL = "sendInitialEvents";

  private Options() {}

  static ListOptions list(Query query) {
    checkList(query);
    return new ListOptions(
        labels(query),
        fields(query),
        number(query, "limit", 0),
        query.first("continue").orElse(""),
        version(query),
        match(query));
  }

  static WatchOptions watch(Query query) {
    checkWatch(query);
    long version = Math.max(0, version(query));
    boolean asked = query.first(INITIAL).isPresent();
    boolean initial = asked ? query.flag(INITIAL) : version == 0;
    return new WatchOptions(
        labels(query),
        fields(query),
        initial ? 0 : version,
        initial,
        asked && initial && query.flag("allowWatchBookmarks"),
        query.flag("allowWatchBookmarks"));
  }

  static Duration watchTimeout(Query query) {
    long seconds = number(query, "timeoutSeconds", 0);
    if (seconds == 0) {
      seconds = ThreadLocalRandom.current().nextInt(WATCH_MIN_SECONDS, 2 * WATCH_MIN_SECONDS);
    }
    return Duration.ofSeconds(Math.min(seconds, WATCH_MAX_SECONDS));
  }

  /// @param kind how the options are called: `CreateOptions`, `UpdateOptions` or `PatchOptions`
  /// @param userAgent of the client, which stands for a name that it does not give itself
  static WriteOptions write(String kind, Query query, Caller caller, String userAgent) {
    String validation = query.first("fieldValidation").orElse("Warn");
    FieldValidation meaning =
        switch (validation) {
          case "Ignore" -> FieldValidation.IGNORE;
          case "", "Warn" -> FieldValidation.WARN;
          case "Strict" -> FieldValidation.STRICT;
          default ->
              throw Statuses.badRequest(
                  "fieldValidation must be Ignore, Warn or Strict, not \"" + validation + "\"");
        };
    String manager = query.first("fieldManager").orElse("");
    List<FieldError> errors = FieldManager.errors(manager, "fieldManager");
    if (!errors.isEmpty()) {
      throw Statuses.invalid(options(kind), "", errors);
    }
    String name = manager.isEmpty() ? FieldManager.ofUserAgent(userAgent) : manager;
    return new WriteOptions(caller, dryRun(query), meaning, name);
  }

  /// Checks what only patches take: an applied configuration needs a name for its owner, and
  /// nothing else can be forced.
  ///
  /// @return whether the client takes over what others own
  static boolean force(Query query, boolean applies) {
    String force = query.first("force").orElse("");
    if (applies && query.first("fieldManager").orElse("").isEmpty()) {
      var error = FieldError.required("fieldManager", "is required for apply patch");
      throw Statuses.invalid(options("PatchOptions"), "", List.of(error));
    }
    if (!applies && query.first("force").isPresent()) {
      var error = FieldError.forbidden("force", "may not be specified for non-apply patch");
      throw Statuses.invalid(options("PatchOptions"), "", List.of(error));
    }
    return !force.isEmpty() && query.flag("force");
  }

  private static GroupVersionKind options(String kind) {
    return new GroupVersionKind("meta.k8s.io", "v1", kind);
  }

  /// The options of a deletion that has no body.
  static ObjectNode delete(Query query) {
    ObjectNode json = Json.object();
    query.first("propagationPolicy").ifPresent(policy -> json.put("propagationPolicy", policy));
    if (query.first("orphanDependents").isPresent()) {
      json.put("orphanDependents", query.flag("orphanDependents"));
    }
    if (query.first("gracePeriodSeconds").isPresent()) {
      json.set("gracePeriodSeconds", Json.number(seconds(query)));
    }
    query.all("dryRun").forEach(json.withArray("dryRun")::add);
    return json;
  }

  private static long seconds(Query query) {
    String text = query.first("gracePeriodSeconds").orElse("");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw Statuses.badRequest(
          "gracePeriodSeconds: Invalid value: \"" + text + "\": must be a whole number");
    }
  }

  static boolean dryRun(Query query) {
    List<String> values = query.all("dryRun");
    for (String value : values) {
      if (!value.equals("All")) {
        throw Statuses.badRequest("dryRun must be All, not \"" + value + "\"");
      }
    }
    return !values.isEmpty();
  }

  private static LabelSelector labels(Query query) {
    try {
      return LabelSelector.parse(query.first("labelSelector").orElse(""));
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("labelSelector: " + e.getMessage());
    }
  }

  private static FieldSelector fields(Query query) {
    try {
      return FieldSelector.parse(query.first("fieldSelector").orElse(""));
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("fieldSelector: " + e.getMessage());
    }
  }

  private static long version(Query query) {
    return number(query, "resourceVersion", -1);
  }

  private static VersionMatch match(Query query) {
    return switch (query.first(MATCH).orElse("")) {
      case EXACT -> VersionMatch.EXACT;
      case NOT_OLDER_THAN -> VersionMatch.NOT_OLDER_THAN;
      default -> VersionMatch.UNSET;
    };
  }

  /// As `ValidateListOptions` of apimachinery.
  private static void checkList(Query query) {
    var errors = new FieldErrors();
    String match = query.first(MATCH).orElse("");
    String version = query.first("resourceVersion").orElse("");
    if (!match.isEmpty()) {
      if (version.isEmpty()) {
        forbidden(errors, "resourceVersionMatch is forbidden unless resourceVersion is provided");
      }
      checkNotContinued(query, errors);
      if (!List.of(EXACT, NOT_OLDER_THAN).contains(match)) {
        errors.add(FieldError.notSupported(MATCH, match, List.of(EXACT, NOT_OLDER_THAN, "")));
      }
      if (match.equals(EXACT) && version.equals("0")) {
        forbidden(errors, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
      }
    }
    if (query.first(INITIAL).isPresent()) {
      errors.add(FieldError.forbidden(INITIAL, "sendInitialEvents is forbidden for list"));
    }
    refuse(errors);
  }

  /// As `ValidateListOptions` of apimachinery does for watches.
  private static void checkWatch(Query query) {
    var errors = new FieldErrors();
    String match = query.first(MATCH).orElse("");
    boolean initial = query.first(INITIAL).isPresent();
    if (initial && !match.equals(NOT_OLDER_THAN)) {
      forbidden(errors, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    }
    if (!match.isEmpty()) {
      if (!initial) {
        forbidden(
            errors,
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
      }
      if (!match.equals(NOT_OLDER_THAN)) {
        errors.add(FieldError.notSupported(MATCH, match, List.of(NOT_OLDER_THAN)));
      }
      checkNotContinued(query, errors);
    }
    refuse(errors);
  }

  private static void checkNotContinued(Query query, FieldErrors errors) {
    if (!query.first("continue").orElse("").isEmpty()) {
      forbidden(errors, "resourceVersionMatch is forbidden when continue is provided");
    }
  }

  private static void forbidden(FieldErrors errors, String why) {
    errors.add(FieldError.forbidden(MATCH, why));
  }

  private static void refuse(FieldErrors errors) {
    if (!errors.isEmpty()) {
      throw Statuses.invalid(options("ListOptions"), "", errors.list());
    }
  }

  private static long number(Query query, String name, long absent) {
    String text = query.first(name).orElse("");
    if (text.isEmpty()) {
      return absent;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // answered below
    }
    throw Statuses.badRequest(
        name + ": Invalid value: \"" + text + "\": must be a number from 0 on");
  }
}
