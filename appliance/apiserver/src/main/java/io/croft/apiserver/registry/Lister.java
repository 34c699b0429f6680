package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Page;
import io.croft.apiserver.storage.Stored;
import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import io.croft.store.Bytes;
import io.croft.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lists collections, each answer as of one revision.
public final class Lister {
  /// The most keys that are read from the store at once.
  static final int PAGE = 500;

  private static final String EXPIRED =
      "The provided continue parameter is too old to display a consistent list result. You can"
          + " start a new list without the continue parameter.";

  private final ObjectStore store;

  public Lister(ObjectStore store) {
    this.store = store;
  }

  /// A list, or a piece of one.
  ///
  /// @param revision what the list is as of
  /// @param items in key order, in the served version; the receiver's own
  /// @param continueToken where it goes on; empty when it is complete
  /// @param remaining how many objects follow; -1 when that is not known
  public record Listing(
      long revision, List<ObjectNode> items, String continueToken, long remaining) {}

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
    try {
      return gather(type, namespace, selection, after, pinned, options.limit());
    } catch (StoreException.Compacted e) {
      throw Statuses.expired(after == null ? "The provided resource version is too old." : EXPIRED);
    } catch (StoreException.FutureRevision e) {
      throw tooLarge(pinned);
    }
  }

  private long pinnedRevision(ListOptions options) {
    if (options.version() > store.revision()) {
      throw tooLarge(options.version());
    }
    return options.match() == ListOptions.VersionMatch.EXACT ? options.version() : 0;
  }

  private RuntimeException tooLarge(long wanted) {
    Status plain =
        Statuses.timeout(
                "Too large resource version: " + wanted + ", current: " + store.revision(), 1)
            .status();
    // Clients look for the cause, and then ask again without a version.
    var cause = new StatusCause("ResourceVersionTooLarge", "Too large resource version", "");
    var details = new StatusDetails("", "", "", "", 1, List.of(cause));
    return new StatusException(Status.failure(StatusReason.TIMEOUT, plain.message(), details));
  }

  private Listing gather(
      ResourceType type,
      String namespace,
      Selection selection,
      @Nullable Bytes after,
      long pinned,
      long limit) {
    var items = new ArrayList<ObjectNode>();
    long revision = pinned;
    while (true) {
      long missing = limit == 0 ? PAGE : Math.min(PAGE, limit - items.size());
      Page page = store.list(type.location(), namespace, after, missing, revision);
      if (revision == 0) {
        revision = page.storeRevision();
      }
      for (Stored stored : page.items()) {
        after = stored.key();
        ObjectNode served = type.conversion().fromStorage(stored.json());
        if (selection.matches(served)) {
          items.add(served);
        }
      }
      if (!page.more() || after == null) {
        return new Listing(revision, items, "", -1);
      }
      if (limit > 0 && items.size() >= limit) {
        String token =
            new ContinueToken(revision, after).encode(type.location().collection(namespace));
        long remaining = selection.all() ? page.count() - page.items().size() : -1;
        return new Listing(revision, items, token, remaining);
      }
    }
  }
}
