package io.croft.store.embedded;

import io.croft.store.StoreException;

/// Remembers that the disk, or the quota, is full; then only what takes no space is let through.
/// Set by the writer only.
final class SpaceGuard {
  private final long quotaBytes;
  private volatile boolean diskFull;
  private volatile long usedBytes;

  SpaceGuard(long quotaBytes) {
    this.quotaBytes = quotaBytes;
  }

  void check() {
    if (diskFull) {
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

  boolean isFull() {
    return diskFull || isOverQuota();
  }

  boolean isOverQuota() {
    return usedBytes > quotaBytes;
  }

  boolean isDiskFull() {
    return diskFull;
  }

  void setDiskFull(boolean full) {
    diskFull = full;
  }

  void setUsedBytes(long bytes) {
    usedBytes = bytes;
  }
}
