package io.croft.store.embedded;

import io.croft.store.StoreException;
import java.util.function.LongSupplier;

/// Remembers how much room there is, on the disk and within the quota. When there is little, only
/// what gives space back is let through; and of that, as deleted keys are written once more as
/// history, no more than there is room for. Set by the writer only.
final class SpaceGuard {
  /// How much may be deleted when there is no room even for its history. It is in the log and on
  /// the heap until something else is removed from the disk.
  private static final long OVERDRAFT = 1 << 20;

  private final long quotaBytes;
  private final long reserveBytes;
  private volatile boolean refused;
  private volatile Room room = new Room(Long.MAX_VALUE, Long.MAX_VALUE);
  private volatile long overdraft = OVERDRAFT;
  private final LongSupplier waiting;
  private long waitingThen;
  private volatile long usedBytes;

  /// What there is room for besides all that waits to be written; negative when not even for that.
  ///
  /// @param total in bytes
  /// @param piece of that, what is in one piece, as a checkpoint has to be
  record Room(long total, long piece) {
    /// Whether it is as much of the reserve, and an eighth of that in one piece.
    boolean has(long bytes) {
      return total >= bytes && piece >= bytes / 8;
    }

    Room less(long bytes) {
      return new Room(total - bytes, piece - bytes);
    }
  }

  /// @param reserveBytes as [StoreConfig#reserveBytes]
  /// @param waiting what waits to be written, in bytes; for the writer
  SpaceGuard(long quotaBytes, long reserveBytes, LongSupplier waiting) {
    this.waiting = waiting;
    this.quotaBytes = quotaBytes;
    this.reserveBytes = reserveBytes;
  }

  /// For what makes the store larger; for the writer.
  void check() {
    if (refused || !roomNow().has(reserveBytes)) {
      throw diskFull();
    }
    if (isOverQuota()) {
      throw new StoreException.NoSpace(
          "the store takes %d bytes, its quota is %d".formatted(usedBytes, quotaBytes));
    }
  }

  static StoreException.NoSpace diskFull() {
    return new StoreException.NoSpace("the disk is full");
  }

  /// Of more than [#deletable].
  static StoreException.NoSpace noRoomToDelete() {
    return new StoreException.NoSpace(
        "the disk is full, and has no room for the history of so many deletes; compact, and delete"
            + " less at a time");
  }

  /// How much may be deleted now, in bytes; for the writer.
  long deletable() {
    if (!isDiskFull()) {
      return Long.MAX_VALUE;
    }
    long least = reserveBytes / 2;
    Room now = roomNow();
    return Math.max(overdraft, Math.min(now.total() - least, now.piece() - least / 8));
  }

  /// The room with what has changed since it was told.
  private Room roomNow() {
    return room.less(waiting.getAsLong() - waitingThen);
  }

  /// How much may be written again at a time to have what stands in between given back, in bytes.
  long movable() {
    // What is moved is only given back later; until then it must not make a disk full that is not.
    return Math.max(0, isDiskFull() ? room.piece() / 4 * 3 : room.piece() / 4);
  }

  /// Whether compaction may go on; what it changes must still be written.
  boolean isCompactable() {
    return room.has(reserveBytes / 4);
  }

  /// How much there is room for in one piece, in bytes.
  long piece() {
    return room.piece();
  }

  boolean isFull() {
    return isDiskFull() || isOverQuota();
  }

  boolean isOverQuota() {
    return usedBytes > quotaBytes;
  }

  /// Whether something did not fit, or puts would take the reserve.
  boolean isDiskFull() {
    return refused || !room.has(reserveBytes);
  }

  /// Whether the disk refused to take something.
  boolean isRefused() {
    return refused;
  }

  void setRefused(boolean refused) {
    this.refused = refused;
  }

  void setRoom(Room now) {
    room = now;
    waitingThen = waiting.getAsLong();
    if (hasRoomToDelete()) {
      overdraft = OVERDRAFT;
    }
  }

  /// Takes note of what was deleted, in bytes.
  void countDeleted(long bytes) {
    if (!hasRoomToDelete()) {
      overdraft = Math.max(0, overdraft - bytes);
    }
  }

  private boolean hasRoomToDelete() {
    return room.has(reserveBytes / 2 + 1);
  }

  void setUsedBytes(long bytes) {
    usedBytes = bytes;
  }
}
