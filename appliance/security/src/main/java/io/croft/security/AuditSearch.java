package io.croft.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Looks for events in the files of the audit log, the newest first. One search at a time: each may
/// read all of the files. Thread-safe.
public final class AuditSearch {
  /// Most events of an answer, and most bytes.
  public static final int MAX_EVENTS = 500;

  private static final int MAX_BYTES = 2 << 20;

  private final AuditLog.Config files;
  private final Semaphore one = new Semaphore(1);

  /// What is looked for; an empty text is for all.
  ///
  /// @param resource plural
  /// @param limit how many events at most
  public record Wanted(
      String user,
      String verb,
      String group,
      String resource,
      String namespace,
      String name,
      Instant since,
      Instant until,
      int limit) {
    public Wanted {
      if (limit < 1 || limit > MAX_EVENTS) {
        throw new IllegalArgumentException("limit is " + limit + ", not 1 to " + MAX_EVENTS);
      }
    }

    boolean matches(JsonNode event) {
      JsonNode object = event.path("objectRef");
      return is(user, event.path("user").path("username"))
          && is(verb, event.path("verb"))
          && is(resource, object.path("resource"))
          && (group.isEmpty() || is(group, object.path("apiGroup")))
          && is(namespace, object.path("namespace"))
          && is(name, object.path("name"))
          && during(event.path("stageTimestamp").asText(""));
    }

    private static boolean is(String wanted, JsonNode found) {
      return wanted.isEmpty() || found.asText("").equals(wanted);
    }

    private boolean during(String time) {
      try {
        Instant at = Instant.parse(time);
        return !at.isBefore(since) && at.isBefore(until);
      } catch (DateTimeException e) {
        return false;
      }
    }

    /// Whether a line is worth reading as JSON: it has the texts that are looked for.
    boolean mayMatch(String line) {
      return has(line, user)
          && has(line, verb)
          && has(line, resource)
          && has(line, namespace)
          && has(line, name);
    }

    /// Whatever JSON writes in another way has to be looked up there.
    private static boolean has(String line, String text) {
      return line.contains(text) || text.chars().anyMatch(c -> c < ' ' || c == '"' || c == '\\');
    }
  }

  /// @param files of the log, which somebody else writes
  public AuditSearch(AuditLog.Config files) {
    this.files = files;
  }

  /// @param events the newest first
  /// @param complete whether there were no more
  public record Found(List<ObjectNode> events, boolean complete) {}

  /// @throws io.croft.model.StatusException 429 while somebody else searches
  public Found find(Wanted wanted) {
    if (!one.tryAcquire()) {
      throw Statuses.tooManyRequests("another search of the audit log is under way", 1);
    }
    try {
      return search(wanted);
    } catch (IOException e) {
      throw new UncheckedIOException("the audit log cannot be read", e);
    } finally {
      one.release();
    }
  }

  private Found search(Wanted wanted) throws IOException {
    var found = new ArrayList<ObjectNode>();
    int bytes = 0;
    for (int n = 0; n < files.maxFiles(); n++) {
      String suffix = n == 0 ? "" : "." + n;
      Path file = files.path().resolveSibling(files.path().getFileName() + suffix);
      Tail newest = in(file, wanted);
      while (!newest.lines.isEmpty()) {
        String line = newest.lines.removeLast();
        bytes += line.length();
        if (found.size() == wanted.limit() || bytes > MAX_BYTES) {
          return new Found(found, false);
        }
        ObjectNode event = parse(line);
        if (event != null) {
          found.add(event);
        }
      }
      if (newest.cut) {
        return new Found(found, false);
      }
    }
    return new Found(found, true);
  }

  /// The last events of a file that match: one more than are wanted, and no more bytes than an
  /// answer may have. They wait as text, which takes a fraction of what trees do.
  private static final class Tail {
    final Deque<String> lines = new ArrayDeque<>();
    boolean cut;
    private long chars;

    void add(String line, int limit) {
      lines.add(line);
      chars += line.length();
      while (lines.size() > limit + 1 || chars > MAX_BYTES) {
        chars -= lines.removeFirst().length();
        cut = true;
      }
    }
  }

  private static Tail in(Path file, Wanted wanted) throws IOException {
    var newest = new Tail();
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        ObjectNode event = wanted.mayMatch(line) ? parse(line) : null;
        if (event != null && wanted.matches(event)) {
          newest.add(line, wanted.limit());
        }
      }
    } catch (NoSuchFileException e) {
      // there are not that many yet
    }
    return newest;
  }

  /// Null for a line that is not whole: it is just being written.
  private static @Nullable ObjectNode parse(String line) {
    try {
      return Json.parseObject(line.getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      return null;
    }
  }
}
