package io.croft.client;

import io.croft.base.http.Query;
import java.util.ArrayList;
import java.util.List;

/// What a list or a watch asks for, as in `meta/v1` `ListOptions`. The empty string and 0 mean "not
/// given" everywhere.
///
/// @param labelSelector for example `app=web,tier!=db`
/// @param fieldSelector for example `metadata.name=a`
/// @param limit the most objects in one answer; 0 asks for all of them
/// @param continueToken where the page before left off
/// @param resourceVersion for a list what [resourceVersionMatch] says about it; for a watch the
///   version after which events are wanted
/// @param resourceVersionMatch `Exact` or `NotOlderThan`
/// @param timeoutSeconds after how long the server ends the watch
/// @param allowWatchBookmarks whether a watch may carry bookmarks
public record ListOptions(
    String labelSelector,
    String fieldSelector,
    int limit,
    String continueToken,
    String resourceVersion,
    String resourceVersionMatch,
    int timeoutSeconds,
    boolean allowWatchBookmarks) {
  public static final ListOptions ALL = new ListOptions("", "", 0, "", "", "", 0, false);

  public ListOptions {
    if (limit < 0 || timeoutSeconds < 0) {
      throw new IllegalArgumentException(
          "limit and timeoutSeconds must not be negative: " + limit + ", " + timeoutSeconds);
    }
  }

  public ListOptions withLabelSelector(String selector) {
    return new ListOptions(
        selector,
        fieldSelector,
        limit,
        continueToken,
        resourceVersion,
        resourceVersionMatch,
        timeoutSeconds,
        allowWatchBookmarks);
  }

  public ListOptions withFieldSelector(String selector) {
    return new ListOptions(
        labelSelector,
        selector,
        limit,
        continueToken,
        resourceVersion,
        resourceVersionMatch,
        timeoutSeconds,
        allowWatchBookmarks);
  }

  /// Asks for one page: at most `objects` objects, from where `token` left off.
  public ListOptions withPage(int objects, String token) {
    return new ListOptions(
        labelSelector,
        fieldSelector,
        objects,
        token,
        resourceVersion,
        resourceVersionMatch,
        timeoutSeconds,
        allowWatchBookmarks);
  }

  public ListOptions withResourceVersion(String version, String match) {
    return new ListOptions(
        labelSelector,
        fieldSelector,
        limit,
        continueToken,
        version,
        match,
        timeoutSeconds,
        allowWatchBookmarks);
  }

  /// Asks for the events after `version`, bookmarks included.
  ///
  /// @param seconds after how long the server is to end the watch; 0 leaves it to the server
  public ListOptions withWatchFrom(String version, int seconds) {
    return new ListOptions(labelSelector, fieldSelector, 0, "", version, "", seconds, true);
  }

  Query toQuery(boolean watch) {
    List<String> parameters = new ArrayList<>();
    put(parameters, "labelSelector", labelSelector);
    put(parameters, "fieldSelector", fieldSelector);
    put(parameters, "limit", limit == 0 ? "" : Integer.toString(limit));
    put(parameters, "continue", continueToken);
    put(parameters, "resourceVersion", resourceVersion);
    put(parameters, "resourceVersionMatch", resourceVersionMatch);
    put(parameters, "timeoutSeconds", timeoutSeconds == 0 ? "" : Integer.toString(timeoutSeconds));
    put(parameters, "allowWatchBookmarks", allowWatchBookmarks ? "true" : "");
    put(parameters, "watch", watch ? "true" : "");
    return Query.of(parameters.toArray(String[]::new));
  }

  private static void put(List<String> parameters, String name, String value) {
    if (!value.isEmpty()) {
      parameters.add(name);
      parameters.add(value);
    }
  }
}
