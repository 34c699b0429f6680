package io.croft.store.internal.watch;

import io.croft.store.Bytes;
import io.croft.store.internal.state.KeyRange;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Finds who is interested in a key. Single keys are looked up by hash; ranges stand in an interval
/// tree, one node for all who have the same. It takes memory for each of them once, and a look-up
/// or a change takes about as many steps as the tree has levels, and as there are finds. Not
/// thread-safe.
final class KeyRangeIndex<T> {
  private final Map<Bytes, Set<T>> singles = new HashMap<>();
  private final SplittableRandom random = new SplittableRandom();
  private @Nullable Node<T> root;

  void add(KeyRange range, T who) {
    if (range.isSingle()) {
      singles.computeIfAbsent(range.from(), key -> new HashSet<>()).add(who);
    } else if (!range.isEmpty()) {
      root = add(root, range, who);
    }
  }

  void remove(KeyRange range, T who) {
    if (range.isSingle()) {
      singles.computeIfPresent(range.from(), (key, set) -> without(set, who));
    } else {
      root = remove(root, range, who);
    }
  }

  private static <T> @Nullable Set<T> without(Set<T> set, T who) {
    set.remove(who);
    return set.isEmpty() ? null : set;
  }

  /// Gives everyone whose range has the key, each once.
  void forEach(Bytes key, Consumer<T> consumer) {
    singles.getOrDefault(key, Set.of()).forEach(consumer);
    find(root, key, consumer);
  }

  boolean isEmpty() {
    return singles.isEmpty() && root == null;
  }

  /// A node of a treap: ordered by range from left to right, and by a random rank from top to
  /// bottom, which keeps it about balanced whatever is added.
  private static final class Node<T> {
    /// Of ranges that start alike the shortest first.
    static final Comparator<KeyRange> ORDER =
        Comparator.comparing(KeyRange::from)
            .thenComparing(KeyRange::to, Comparator.nullsLast(Comparator.naturalOrder()));

    final KeyRange range;
    final int rank;
    final Set<T> who = new HashSet<>();
    @Nullable Node<T> left;
    @Nullable Node<T> right;

    /// The range here or below that ends last.
    KeyRange last;

    Node(KeyRange range, int rank) {
      this.range = range;
      this.rank = rank;
      this.last = range;
    }

    void update() {
      last = later(later(range, left), right);
    }

    private static <T> KeyRange later(KeyRange range, @Nullable Node<T> below) {
      Bytes end = range.to();
      return below != null && end != null && below.last.endsAfter(end) ? below.last : range;
    }
  }

  private Node<T> add(@Nullable Node<T> node, KeyRange range, T who) {
    if (node == null) {
      Node<T> added = new Node<>(range, random.nextInt());
      added.who.add(who);
      return added;
    }
    int order = Node.ORDER.compare(range, node.range);
    if (order == 0) {
      node.who.add(who);
      return node;
    }
    if (order < 0) {
      Node<T> left = add(node.left, range, who);
      node.left = left;
      return left.rank > node.rank ? raisedLeft(node, left) : updated(node);
    }
    Node<T> right = add(node.right, range, who);
    node.right = right;
    return right.rank > node.rank ? raisedRight(node, right) : updated(node);
  }

  private @Nullable Node<T> remove(@Nullable Node<T> node, KeyRange range, T who) {
    if (node == null) {
      return null;
    }
    int order = Node.ORDER.compare(range, node.range);
    if (order < 0) {
      node.left = remove(node.left, range, who);
    } else if (order > 0) {
      node.right = remove(node.right, range, who);
    } else {
      node.who.remove(who);
      return node.who.isEmpty() ? joined(node.left, node.right) : node;
    }
    return updated(node);
  }

  /// One tree of two, of which all of the first stands before all of the second.
  private static <T> @Nullable Node<T> joined(@Nullable Node<T> first, @Nullable Node<T> second) {
    if (first == null) {
      return second;
    }
    if (second == null) {
      return first;
    }
    if (first.rank > second.rank) {
      first.right = joined(first.right, second);
      return updated(first);
    }
    second.left = joined(first, second.left);
    return updated(second);
  }

  private static <T> Node<T> raisedLeft(Node<T> node, Node<T> left) {
    node.left = left.right;
    left.right = updated(node);
    return updated(left);
  }

  private static <T> Node<T> raisedRight(Node<T> node, Node<T> right) {
    node.right = right.left;
    right.left = updated(node);
    return updated(right);
  }

  private static <T> Node<T> updated(Node<T> node) {
    node.update();
    return node;
  }

  private static <T> void find(@Nullable Node<T> node, Bytes key, Consumer<T> consumer) {
    if (node == null || !node.last.endsAfter(key)) {
      return;
    }
    find(node.left, key, consumer);
    if (node.range.from().compareTo(key) <= 0) {
      if (node.range.endsAfter(key)) {
        node.who.forEach(consumer);
      }
      find(node.right, key, consumer);
    }
  }
}
