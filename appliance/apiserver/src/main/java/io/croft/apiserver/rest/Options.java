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

  private Options() {}

  static ListOptions list(Query query) {
    return new ListOptions(
        labels(query),
        fields(query),
        number(query, "limit", 0),
        query.first("continue").orElse(""),
        version(query),
        match(query));
  }

  static WatchOptions watch(Query query) {
    long version = Math.max(0, version(query));
    boolean asked = query.first("sendInitialEvents").isPresent();
    boolean initial = asked ? query.flag("sendInitialEvents") : version == 0;
    if (asked && initial && match(query) != VersionMatch.NOT_OLDER_THAN) {
      throw invalid(
          FieldError.forbidden(
              "resourceVersionMatch",
              "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    }
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
    String match = query.first("resourceVersionMatch").orElse("");
    if (match.isEmpty()) {
      return VersionMatch.UNSET;
    }
    boolean watchList = query.first("sendInitialEvents").isPresent();
    if (version(query) < 0 && !watchList) {
      throw invalid(
          FieldError.forbidden(
              "resourceVersionMatch",
              "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    return switch (match) {
      case "NotOlderThan" -> VersionMatch.NOT_OLDER_THAN;
      case "Exact" -> {
        if (version(query) == 0) {
          throw invalid(
              FieldError.forbidden(
                  "resourceVersionMatch",
                  "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\""));
        }
        yield VersionMatch.EXACT;
      }
      default ->
          throw invalid(
              FieldError.notSupported(
                  "resourceVersionMatch", match, List.of("Exact", "NotOlderThan")));
    };
  }

  private static RuntimeException invalid(FieldError error) {
    return Statuses.invalid(options("ListOptions"), "", List.of(error));
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
