package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Page;
import io.croft.store.Bytes;
import org.jspecify.annotations.Nullable;

/// Reads a collection piece by piece, all as of one revision. How much is read at once follows the
/// size of what was read before, so that a collection of large objects takes no more memory than
/// one of small ones. Used by one thread.
final class Pages {
  private static final int FIRST = 8;
  private static final int MOST = 128;

  /// What follows may be larger than what came before.
  private static final int GROWTH = 4;

  /// About how many stored bytes are read at once.
  static final long TARGET_BYTES = 256 << 10;

  private final ObjectStore store;
  private final ResourceType type;
  private final String namespace;
  private @Nullable Bytes after;
  private long revision;
  private int size = FIRST;
  private boolean more = true;

  /// @param after the key behind which to start, null for the beginning
  /// @param revision the revision to read at, 0 for the current one
  Pages(
      ObjectStore store,
      ResourceType type,
      String namespace,
      @Nullable Bytes after,
      long revision) {
    this.store = store;
    this.type = type;
    this.namespace = namespace;
    this.after = after;
    this.revision = revision;
  }

  /// The next piece; empty when there is nothing more.
  ///
  /// @param most the most objects wanted
  Page next(long most) {
    Page page = store.list(type.location(), namespace, after, Math.min(most, size), revision);
    if (revision == 0) {
      revision = page.storeRevision();
    }
    more = page.more();
    if (!page.items().isEmpty()) {
      after = page.items().getLast().key();
      long average = Math.max(1, page.bytes() / page.items().size());
      size = Math.clamp(TARGET_BYTES / average, 1, Math.min(MOST, size * GROWTH));
    }
    return page;
  }

  /// Whether objects may follow.
  boolean more() {
    return more;
  }

  /// The revision of everything that is read; 0 before the first piece.
  long revision() {
    return revision;
  }
}
