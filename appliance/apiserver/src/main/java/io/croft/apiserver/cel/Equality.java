package io.croft.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which values are equal, and which is the lesser. Numbers are equal when their amounts are,
/// whatever their types.
final class Equality {
  private Equality() {}

  static boolean equal(Object a, Object b, Meter meter) {
    meter.pay(1);
    if (a instanceof Number && b instanceof Number) {
      return !isNaN(a) && !isNaN(b) && compareNumbers(a, b) == 0;
    }
    return switch (a) {
      case String s -> {
        meter.payText(s.length());
        yield s.equals(b);
      }
      case CelByteString bytes -> {
        meter.payText(bytes.size());
        yield bytes.equals(b);
      }
      case JsonList list when list.isAssociative() && b instanceof List<?> other ->
          list.hasSameItems(other, meter);
      case List<?> list when b instanceof JsonList other && other.isAssociative() ->
          other.hasSameItems(list, meter);
      case List<?> list -> b instanceof List<?> other && equalLists(list, other, meter);
      case StructValue struct ->
          b instanceof StructValue other
              && struct.typeName().equals(other.typeName())
              && equalMaps(struct, other, meter);
      case Map<?, ?> map ->
          b instanceof Map<?, ?> other
              && !(other instanceof StructValue)
              && equalMaps(map, other, meter);
      case Optional<?> optional ->
          b instanceof Optional<?> other
              && optional.isPresent() == other.isPresent()
              && (optional.isEmpty() || equal(optional.get(), other.orElseThrow(), meter));
      default -> a.equals(b);
    };
  }

  private static boolean equalLists(List<?> a, List<?> b, Meter meter) {
    if (a.size() != b.size()) {
      return false;
    }
    Iterator<?> others = b.iterator();
    for (Object item : a) {
      if (!equal(item, others.next(), meter)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalMaps(Map<?, ?> a, Map<?, ?> b, Meter meter) {
    if (JsonMap.size(a, meter) != JsonMap.size(b, meter)) {
      return false;
    }
    for (Map.Entry<?, ?> entry : a.entrySet()) {
      Object other = b.get(entry.getKey());
      if (other == null || !equal(entry.getValue(), other, meter)) {
        return false;
      }
    }
    return true;
  }

  static boolean contains(List<?> list, Object wanted, Meter meter) {
    for (Object item : list) {
      if (equal(item, wanted, meter)) {
        return true;
      }
    }
    return false;
  }

  /// Keys of maps in one form, so that `1`, `1u` and `1.0` find the same entry.
  static Object key(Object key) {
    if (key instanceof Double d && d == Math.rint(d) && Math.abs(d) < 0x1p53) {
      return d.longValue();
    }
    if (key instanceof UnsignedLong u && u.longValue() >= 0) {
      return u.longValue();
    }
    return key;
  }

  /// @throws CelException when there is no order between the two
  static int compare(Object a, Object b, Meter meter) {
    meter.pay(1);
    if (a instanceof Number && b instanceof Number) {
      return compareNumbers(a, b);
    }
    return switch (a) {
      case String s when b instanceof String t -> {
        meter.payText(Math.min(s.length(), t.length()));
        yield compareText(s, t);
      }
      case Boolean x when b instanceof Boolean y -> x.compareTo(y);
      case Instant x when b instanceof Instant y -> x.compareTo(y);
      case Duration x when b instanceof Duration y -> x.compareTo(y);
      case CelByteString x when b instanceof CelByteString y -> {
        meter.payText((long) x.size() + y.size());
        yield Arrays.compareUnsigned(x.toByteArray(), y.toByteArray());
      }
      default -> throw CelException.noSuchOverload();
    };
  }

  /// Whether one is less than another; nothing is less than NaN, nor is that than anything.
  static boolean ordered(Object a, Object b) {
    return !isNaN(a) && !isNaN(b);
  }

  private static boolean isNaN(Object value) {
    return value instanceof Double d && d.isNaN();
  }

  private static int compareNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return x.compareTo(y);
    }
    if (a instanceof Double x && b instanceof Double y) {
      return x < y ? -1 : x > y ? 1 : 0;
    }
    if (a instanceof Double x && x.isInfinite()) {
      return x > 0 ? 1 : -1;
    }
    if (b instanceof Double y && y.isInfinite()) {
      return y > 0 ? -1 : 1;
    }
    if (isNaN(a) || isNaN(b)) {
      return -1;
    }
    return exact(a).compareTo(exact(b));
  }

  private static BigDecimal exact(Object number) {
    return switch (number) {
      case Long l -> BigDecimal.valueOf(l);
      case UnsignedLong u -> new BigDecimal(u.bigIntegerValue());
      case Double d -> new BigDecimal(d);
      default -> throw CelException.noSuchOverload();
    };
  }

  /// By code points, as UTF-8 is ordered.
  private static int compareText(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean surrogates = Character.isSurrogate(x) || Character.isSurrogate(y);
        return surrogates && Character.isSurrogate(x) != Character.isSurrogate(y)
            ? (Character.isSurrogate(x) ? 1 : -1)
            : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
