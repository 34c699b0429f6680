package io.croft.apiserver.cel;

import java.util.List;
import java.util.Map;

/// A comprehension: what `all`, `exists`, `map`, `filter` and their like are.
///
/// @param second the variable of the values, where the first is that of keys or indices; may be
///   empty
record Loop(
    Node range,
    Node initial,
    Node condition,
    Node step,
    Node result,
    String accumulator,
    String first,
    String second)
    implements Node {
  /// In the place of a value that could not be computed: `[1, 0].exists(x, 2 / x == 2)` is true.
  record Failure(CelException cause) {}

  @Override
  public Object value(Frame frame) {
    Object over = range.value(frame);
    Frame loop = frame.with(accumulator, initial.value(frame));
    switch (over) {
      case List<?> list -> items(list, loop);
      case Map<?, ?> map -> entries(map, loop);
      default -> throw CelException.noSuchOverload();
    }
    Object found = result.value(loop);
    return found instanceof Lists.Collected collected ? collected.done() : found;
  }

  private void items(List<?> list, Frame loop) {
    long index = 0;
    for (Object item : list) {
      loop.meter.takeDecoded(item);
      Frame inner =
          second.isEmpty() ? loop.with(first, item) : loop.with(first, index++).with(second, item);
      if (!turn(inner, loop)) {
        return;
      }
    }
  }

  private void entries(Map<?, ?> map, Frame loop) {
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      loop.meter.takeDecoded(entry.getValue());
      Frame inner = loop.with(first, entry.getKey());
      if (!turn(second.isEmpty() ? inner : inner.with(second, entry.getValue()), loop)) {
        return;
      }
    }
  }

  /// @return whether to go on
  private boolean turn(Frame inner, Frame loop) {
    loop.meter.pay(1);
    if (!Boolean.TRUE.equals(condition.value(inner))) {
      return false;
    }
    try {
      loop.set(step.value(inner));
    } catch (CelException e) {
      loop.set(new Failure(e));
    }
    return true;
  }
}
