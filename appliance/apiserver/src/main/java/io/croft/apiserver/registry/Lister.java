package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.store.Bytes;
import io.croft.store.StoreException;

/// Lists collections, each answer as of one revision.
public final class Lister {
  private static final String EXPIRED =
      "The provided continue parameter is too old to display a consistent list result. You can"
          + " start a new list without the continue parameter.";

  private final ObjectStore store;

  public Lister(ObjectStore store) {
    this.store = store;
  }

  /// @throws io.croft.model.StatusException 400 for a bad token, 410 when the revision is gone, 504
  ///   when it has not come yet
  public Listing list(ResourceType type, String namespace, ListOptions options) {
    Bytes collection = type.location().collection(namespace);
    var selection = new Selection(type, options.labels(), options.fields());
    Bytes after = null;
    long pinned = 0;
    if (!options.continueToken().isEmpty()) {
      if (options.version() > 0) {
        throw Statuses.badRequest("specifying resource version is not allowed when using continue");
      }
      var token = ContinueToken.decode(options.continueToken(), collection);
      after = token.lastKey();
      pinned = token.revision();
    } else {
      pinned = pinnedRevision(options);
    }
    var pages = new Pages(store, type, namespace, after, pinned);
    return new Listing(type, namespace, selection, pages, options.limit());
  }

  /// What a client is told when a list cannot be read at the revision that it is pinned to.
  public StatusException unreadable(StoreException e, ListOptions options) {
    return switch (e) {
      case StoreException.FutureRevision future ->
          FutureVersion.status(options.version(), store.revision());
      default ->
          Statuses.expired(
              options.continueToken().isEmpty()
                  ? "The provided resource version is too old."
                  : EXPIRED);
    };
  }

  private long pinnedRevision(ListOptions options) {
    if (options.version() > store.revision()) {
      throw FutureVersion.status(options.version(), store.revision());
    }
    return switch (options.match()) {
      case EXACT -> options.version();
      case NOT_OLDER_THAN -> 0;
      // Pages of a version that was given have always been of just that version.
      case UNSET -> options.limit() > 0 ? Math.max(0, options.version()) : 0;
    };
  }
}
