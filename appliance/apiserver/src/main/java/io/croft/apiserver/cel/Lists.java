package io.croft.apiserver.cel;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/// How lists are put together.
final class Lists {
  private Lists() {}

  /// What a loop has collected so far. Adding to it changes it, which nobody sees: the loop has the
  /// only reference.
  static final class Collected extends AbstractList<Object> implements RandomAccess {
    private final List<Object> items = new ArrayList<>();

    @Override
    public Object get(int index) {
      return items.get(index);
    }

    @Override
    public int size() {
      return items.size();
    }

    /// What was collected, when the loop has ended.
    List<Object> done() {
      return Collections.unmodifiableList(items);
    }
  }

  /// The numbers from 0 on, none of which is there before it is looked at.
  static final class Range extends AbstractList<Object> implements RandomAccess {
    private final int size;

    Range(int size) {
      this.size = size;
    }

    @Override
    public Object get(int index) {
      return (long) Objects.checkIndex(index, size);
    }

    @Override
    public int size() {
      return size;
    }
  }

  static Object concat(List<?> a, List<?> b, Meter meter) {
    if (a instanceof Collected collected) {
      meter.pay(1 + b.size());
      meter.takeItems(b.size());
      collected.items.addAll(b);
      return collected;
    }
    meter.pay(1L + a.size() + b.size());
    meter.takeItems((long) a.size() + b.size());
    if (a instanceof JsonList list && list.isAssociative()) {
      return list.merged(b, meter);
    }
    var all = new ArrayList<Object>(a.size() + b.size());
    all.addAll(a);
    all.addAll(b);
    return all;
  }
}
