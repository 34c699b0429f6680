package io.croft.store.internal.state;

import io.croft.store.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What one request did: the unit of the log.
///
/// ```
/// long revision, int number of changes, then per change a byte and
///   1 put:     bytes key, bytes value, long lease
///   2 delete:  bytes key
///   3 grant:   long lease, long seconds
///   4 revoke:  long lease
///   5 compact: long revision
/// ```
///
/// where bytes are an int length and the bytes themselves.
///
/// @param revision the store's revision with it
public record Commit(long revision, List<Change> changes) {
  private static final byte PUT = 1;
  private static final byte DELETE = 2;
  private static final byte GRANT = 3;
  private static final byte REVOKE = 4;
  private static final byte COMPACT = 5;

  /// Several commits in one buffer, as the log takes it.
  public static ByteBuffer encode(List<Commit> commits) {
    long size = 0;
    for (Commit commit : commits) {
      size += commit.size();
    }
    ByteBuffer to = ByteBuffer.allocate(Math.toIntExact(size));
    for (Commit commit : commits) {
      commit.write(to);
    }
    return to.flip();
  }

  /// The reverse of [#encode].
  public static List<Commit> decode(ByteBuffer from) {
    List<Commit> commits = new ArrayList<>();
    while (from.hasRemaining()) {
      long revision = from.getLong();
      int count = from.getInt();
      List<Change> changes = new ArrayList<>(Math.min(count, from.remaining()));
      for (int i = 0; i < count; i++) {
        changes.add(readChange(from));
      }
      commits.add(new Commit(revision, changes));
    }
    return commits;
  }

  /// What it takes in the log, in bytes.
  public long size() {
    long size = 12;
    for (Change change : changes) {
      size += 1 + size(change);
    }
    return size;
  }

  private static long size(Change change) {
    return switch (change) {
      case Change.Put put -> 16L + put.key().length() + put.value().length();
      case Change.Delete delete -> 4L + delete.key().length();
      case Change.Grant grant -> 16;
      case Change.Revoke revoke -> 8;
      case Change.Compact compact -> 8;
    };
  }

  private void write(ByteBuffer to) {
    to.putLong(revision).putInt(changes.size());
    for (Change change : changes) {
      switch (change) {
        case Change.Put(var key, var value, var lease) -> {
          putBytes(to.put(PUT), key);
          putBytes(to, value).putLong(lease);
        }
        case Change.Delete(var key) -> putBytes(to.put(DELETE), key);
        case Change.Grant(var lease, var seconds) -> to.put(GRANT).putLong(lease).putLong(seconds);
        case Change.Revoke(var lease) -> to.put(REVOKE).putLong(lease);
        case Change.Compact(var target) -> to.put(COMPACT).putLong(target);
      }
    }
  }

  private static Change readChange(ByteBuffer from) {
    byte kind = from.get();
    return switch (kind) {
      case PUT -> new Change.Put(bytes(from), bytes(from), from.getLong());
      case DELETE -> new Change.Delete(bytes(from));
      case GRANT -> new Change.Grant(from.getLong(), from.getLong());
      case REVOKE -> new Change.Revoke(from.getLong());
      case COMPACT -> new Change.Compact(from.getLong());
      default -> throw new IllegalStateException("unknown change " + kind + " in the log");
    };
  }

  private static ByteBuffer putBytes(ByteBuffer to, Bytes bytes) {
    return to.putInt(bytes.length()).put(bytes.array());
  }

  private static Bytes bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.getInt()];
    from.get(bytes);
    return Bytes.wrap(bytes);
  }
}
