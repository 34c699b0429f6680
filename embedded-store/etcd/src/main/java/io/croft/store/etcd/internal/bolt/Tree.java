package io.croft.store.etcd.internal.bolt;

import io.croft.store.Bytes;
import io.croft.store.etcd.internal.bolt.Pages.Element;
import io.croft.store.etcd.internal.bolt.Pages.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One B+tree, written from its leaves up as its entries come in the order of their keys. Holds one
/// page per level.
final class Tree {
  private final Pages pages;
  private final Level leaves = new Level(Kind.LEAF, 1);

  Tree(Pages pages) {
    this.pages = pages;
  }

  /// @param entry its key must be greater than those before
  void add(Element entry) throws IOException {
    leaves.add(entry);
  }

  /// @return the number of the root's page
  long finish() throws IOException {
    return leaves.finish();
  }

  /// The pages of one distance from the leaves.
  private final class Level {
    private final Kind kind;

    /// What the last page must have: bbolt cannot remove the only child of a branch.
    private final int least;

    private List<Element> open = new ArrayList<>();
    private int bytes = Pages.HEADER;
    private @Nullable Level above;

    Level(Kind kind, int least) {
      this.kind = kind;
      this.least = least;
    }

    void add(Element entry) throws IOException {
      if (bytes + entry.bytes() > Pages.SIZE && open.size() >= 2 * least - 1) {
        List<Element> tail = open.subList(open.size() - least + 1, open.size());
        List<Element> kept = List.copyOf(tail);
        tail.clear();
        close();
        kept.forEach(this::hold);
      }
      hold(entry);
    }

    private void hold(Element entry) {
      open.add(entry);
      bytes += entry.bytes();
    }

    /// Writes the open page and tells the level above.
    private void close() throws IOException {
      if (above == null) {
        above = new Level(Kind.BRANCH, 2);
      }
      Bytes first = open.getFirst().key();
      above.add(Element.branch(first, pages.append(kind, open)));
      open = new ArrayList<>();
      bytes = Pages.HEADER;
    }

    long finish() throws IOException {
      if (above == null) {
        return pages.append(kind, open);
      }
      close();
      return above.finish();
    }
  }
}
