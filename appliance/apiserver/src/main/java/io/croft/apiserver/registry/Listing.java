package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Page;
import io.croft.store.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// A list while it is being read, all as of one revision. `next` until `done`; then it is known
/// where it would go on. Used by one thread.
public final class Listing {
  private final ResourceType type;
  private final Bytes collection;
  private final Selection selection;
  private final Pages pages;
  private final long limit;
  private long told;
  private long remaining = -1;
  private boolean more = true;
  private boolean done;
  private long bytes;

  /// The last key that was looked at.
  private @Nullable Bytes last;

  Listing(ResourceType type, String namespace, Selection selection, Pages pages, long limit) {
    this.type = type;
    this.collection = type.location().collection(namespace);
    this.selection = selection;
    this.pages = pages;
    this.limit = limit;
  }

  /// The next objects in key order, may be empty before the end.
  public List<Item> next() {
    boolean exact = limit > 0 && selection.all();
    Page page = pages.next(exact ? limit - told : Long.MAX_VALUE);
    bytes = page.bytes();
    var items = new ArrayList<Item>();
    int read = 0;
    for (Item item : Item.all(type, page.items())) {
      last = page.items().get(read).key();
      read++;
      if (selection.all() || selection.matches(item.json())) {
        items.add(item);
        if (limit > 0 && told + items.size() == limit) {
          break;
        }
      }
    }
    told += items.size();
    more = pages.more() || read < page.items().size();
    done = !more || (limit > 0 && told == limit);
    remaining = exact && done && more ? page.count() - read : -1;
    return items;
  }

  /// All objects that remain, read as they are taken.
  public Iterator<Item> iterator() {
    return new Iterator<>() {
      private Iterator<Item> page = Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        while (!page.hasNext() && !done) {
          page = Listing.this.next().iterator();
        }
        return page.hasNext();
      }

      @Override
      public Item next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return page.next();
      }
    };
  }

  public boolean done() {
    return done;
  }

  /// What the objects of the last `next` take, in stored bytes, at most.
  public long bytes() {
    return bytes;
  }

  /// What the list is as of; known after the first `next`.
  public long revision() {
    return pages.revision();
  }

  /// Where the list goes on; empty when it is complete. Known once it is done.
  public String continueToken() {
    Bytes from = last;
    return more && from != null ? new ContinueToken(pages.revision(), from).encode(collection) : "";
  }

  /// How many objects follow; -1 when that is not known.
  public long remaining() {
    return remaining;
  }
}
