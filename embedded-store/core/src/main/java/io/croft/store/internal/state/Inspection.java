package io.croft.store.internal.state;

import io.croft.store.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;

/// Reads all of a state, which checks every block it is in, and looks whether the maps agree.
///
/// @param problems what is wrong, in words; at most [#MOST] of them
public record Inspection(long keys, long leases, List<String> problems) {
  private static final int MOST = 100;

  public static Inspection of(View view) {
    List<String> problems = new ArrayList<>();
    inspectMap("keys", problems, () -> inspectRows(view, problems));
    inspectMap("history", problems, () -> inspectHistory(view, problems));
    inspectMap("past values", problems, () -> inspectPast(view, problems));
    inspectMap("leases", problems, () -> inspectAttachments(view, problems));
    return new Inspection(
        view.maps().rows().sizeAsLong(), view.maps().leases().sizeAsLong(), problems);
  }

  private static void inspectMap(String name, List<String> problems, Runnable inspection) {
    try {
      inspection.run();
    } catch (RuntimeException e) {
      problems.add("the %s cannot be read to the end: %s".formatted(name, e.getMessage()));
    }
  }

  private static void inspectRows(View view, List<String> problems) {
    Maps maps = view.maps();
    Cursor<Bytes, Row> cursor = maps.rows().cursor(null);
    while (cursor.hasNext()) {
      Bytes key = cursor.next();
      Row row = cursor.getValue();
      boolean isOrdered =
          0 < row.create() && row.create() <= row.mod() && row.mod() <= view.revision();
      expect(isOrdered && row.version() > 0, problems, "key %s has impossible revisions", key);
      expect(
          row.lease() == 0 || maps.attachments().containsKey(new Attachment(row.lease(), key)),
          problems,
          "key %s is not on the list of its lease",
          key);
    }
  }

  /// Every change is of the value that the state has for it.
  private static void inspectHistory(View view, List<String> problems) {
    History history = view.history(view.compacted());
    while (history.next()) {
      history.event(true);
      expect(
          history.revision() <= view.revision(),
          problems,
          "key %s has a change in the future",
          history.key());
    }
  }

  private static void inspectPast(View view, List<String> problems) {
    MVMap<Past.Id, Past> past = view.maps().past();
    Cursor<Past.Id, Past> cursor = past.cursor(null);
    while (cursor.hasNext()) {
      Past.Id id = cursor.next();
      Past version = cursor.getValue();
      // A transaction may end what it has put itself.
      expect(
          version.row().mod() == id.mod() && id.mod() <= version.end(),
          problems,
          "key %s has a past value of impossible revisions",
          id.key());
    }
  }

  private static void inspectAttachments(View view, List<String> problems) {
    Cursor<Attachment, Long> cursor = view.maps().attachments().cursor(null);
    while (cursor.hasNext()) {
      Attachment attachment = cursor.next();
      Row row = view.maps().rows().get(attachment.key());
      expect(
          row != null && row.lease() == attachment.lease() && view.hasLease(attachment.lease()),
          problems,
          "key %s is on the list of a lease that it does not have",
          attachment.key());
    }
  }

  private static void expect(boolean holds, List<String> problems, String words, Bytes key) {
    if (!holds && problems.size() < MOST) {
      problems.add(words.formatted(key));
    }
  }
}
