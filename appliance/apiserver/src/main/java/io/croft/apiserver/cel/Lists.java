package io.croft.apiserver.cel;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

  static Object concat(List<?> a, List<?> b, Meter meter) {
    if (a instanceof Collected collected) {
      meter.pay(1 + b.size());
      collected.items.addAll(b);
      return collected;
    }
    meter.pay(1 + (a.size() + b.size()) / 10);
    if (a instanceof JsonList list && list.isAssociative()) {
      return list.merged(b, meter);
    }
    var all = new ArrayList<Object>(a.size() + b.size());
    all.addAll(a);
    all.addAll(b);
    return all;
  }
}
