package io.croft.gateway.routing;

import io.croft.base.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// All routes as of one moment. Immutable.
public final class RouteTable {
  public static final RouteTable EMPTY = new RouteTable(List.of());

  /// @param created of the object that declares it: the older wins
  /// @param object its namespace and name: the first wins
  /// @param rule the number of its rule
  public record Origin(Instant created, String object, int rule) {
    static final Comparator<Origin> BY_AGE =
        Comparator.comparing(Origin::created)
            .thenComparing(Origin::object)
            .thenComparingInt(Origin::rule);
  }

  /// A route under one host and one match.
  public record Entry(HostPattern host, RouteMatch match, Origin origin, Route route) {}

  private static final Comparator<Entry> BY_PRECEDENCE =
      Comparator.comparing(Entry::match, RouteMatch.BY_PRECEDENCE)
          .thenComparing(Entry::origin, Origin.BY_AGE);

  /// By the names of hosts, by `.example.com` for wildcards, and by the empty text for all.
  private final Map<String, List<Entry>> byHost = new HashMap<>();

  private RouteTable(Collection<Entry> entries) {
    for (Entry entry : entries) {
      HostPattern host = entry.host();
      byHost
          .computeIfAbsent(host.isWildcard() ? host.suffix() : host.text(), _ -> new ArrayList<>())
          .add(entry);
    }
    byHost.values().forEach(list -> list.sort(BY_PRECEDENCE));
  }

  public static RouteTable of(Collection<Entry> entries) {
    return new RouteTable(entries);
  }

  /// The best match: by the most specific host, then by the match, then the oldest.
  ///
  /// @param host in lower case, without a port
  /// @param path as {@link RoutePath} reads it
  Optional<Entry> find(String host, String path, HttpRequest request) {
    Entry found = first(byHost.get(host), path, request);
    for (int dot = host.indexOf('.', 1);
        found == null && dot > 0;
        dot = host.indexOf('.', dot + 1)) {
      found = first(byHost.get(host.substring(dot)), path, request);
    }
    if (found == null && !host.isEmpty()) {
      found = first(byHost.get(""), path, request);
    }
    return Optional.ofNullable(found);
  }

  private static @Nullable Entry first(
      @Nullable List<Entry> entries, String path, HttpRequest request) {
    if (entries != null) {
      for (Entry entry : entries) {
        if (entry.match().matches(path, request)) {
          return entry;
        }
      }
    }
    return null;
  }
}
