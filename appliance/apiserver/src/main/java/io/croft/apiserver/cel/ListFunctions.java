package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.function;
import static io.croft.apiserver.cel.Overload.member;
import static io.croft.apiserver.cel.Types.A;
import static io.croft.apiserver.cel.Types.B;
import static io.croft.apiserver.cel.Types.BOOL;
import static io.croft.apiserver.cel.Types.DYN;
import static io.croft.apiserver.cel.Types.INT;
import static io.croft.apiserver.cel.Types.LIST;
import static io.croft.apiserver.cel.Types.MAP;
import static io.croft.apiserver.cel.Types.OPTIONAL;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Functions of lists: Kubernetes' own, and the extension libraries `lists` and `sets`.
final class ListFunctions {
  private static final int MAX_RANGE = 1_000_000;

  private ListFunctions() {}

  static List<Overload> all() {
    var all = new ArrayList<Overload>();
    kubernetes(all);
    lists(all);
    sets(all);
    return all;
  }

  private static void kubernetes(List<Overload> all) {
    List<CelType> ordered =
        List.of(
            Types.INT,
            Types.UINT,
            Types.DOUBLE,
            Types.BOOL,
            Types.DURATION,
            Types.TIMESTAMP,
            Types.STRING,
            Types.BYTES);
    for (CelType type : ordered) {
      String kind = type.name();
      ListType list = ListType.create(type);
      all.add(member("isSorted", "list_" + kind + "_is_sorted", BOOL, ListFunctions::sorted, list));
      all.add(
          member("min", "list_" + kind + "_min", type, (v, m) -> extreme(items(v), -1, m), list));
      all.add(
          member("max", "list_" + kind + "_max", type, (v, m) -> extreme(items(v), 1, m), list));
    }
    for (CelType type : List.of(Types.INT, Types.UINT, Types.DOUBLE, Types.DURATION)) {
      all.add(
          member(
              "sum",
              "list_" + type.name() + "_sum",
              type,
              (v, m) -> sum(items(v), type, m),
              ListType.create(type)));
    }
    all.add(member("indexOf", "list_a_index_of_int", INT, ListFunctions::indexOf, LIST, A));
    all.add(
        member(
            "lastIndexOf", "list_a_last_index_of_int", INT, ListFunctions::lastIndexOf, LIST, A));
  }

  private static void lists(List<Overload> all) {
    all.add(
        member(
            "slice",
            "list_slice",
            LIST,
            (v, m) -> slice(items(v), (Long) v[1], (Long) v[2], m),
            LIST,
            INT,
            INT));
    ListType any = ListType.create(DYN);
    all.add(member("flatten", "list_flatten", any, (v, m) -> flat(items(v), 1, m), any));
    all.add(
        member(
            "flatten",
            "list_flatten_int",
            any,
            (v, m) -> flat(items(v), (Long) v[1], m),
            any,
            INT));
    all.add(
        function(
            "lists.range",
            "lists_range",
            ListType.create(INT),
            (v, m) -> {
              long size = (Long) v[0];
              if (size > MAX_RANGE) {
                throw new CelException("lists.range() size exceeds limit " + MAX_RANGE);
              }
              m.pay(Math.max(0, size));
              return new Lists.Range((int) Math.max(0, size));
            },
            INT));
    all.add(member("distinct", "list_distinct", LIST, ListFunctions::distinct, LIST));
    all.add(
        member(
            "reverse",
            "list_reverse",
            LIST,
            (v, m) -> {
              m.pay(items(v).size());
              m.takeItems(items(v).size());
              var reversed = new ArrayList<Object>(items(v));
              Collections.reverse(reversed);
              return reversed;
            },
            LIST));
    all.add(member("sort", "list_sort", LIST, (v, m) -> sortedBy(items(v), items(v), m), LIST));
    all.add(
        member(
            "@sortByAssociatedKeys",
            "list_sort_by_keys",
            LIST,
            (v, m) -> sortedBy(items(v), (List<?>) v[1], m),
            LIST,
            ListType.create(B)));
    all.add(
        member(
            "first",
            "list_first",
            OPTIONAL,
            (v, m) -> items(v).isEmpty() ? Optional.empty() : Optional.of(items(v).getFirst()),
            LIST));
    all.add(
        member(
            "last",
            "list_last",
            OPTIONAL,
            (v, m) -> items(v).isEmpty() ? Optional.empty() : Optional.of(items(v).getLast()),
            LIST));
    all.add(
        function(
            "cel.@mapInsert",
            "cel_map_insert_map_map",
            MAP,
            (v, m) -> inserted((Map<?, ?>) v[0], (Map<?, ?>) v[1], m),
            MAP,
            MAP));
    all.add(
        function(
            "cel.@mapInsert",
            "cel_map_insert_key_value",
            MAP,
            (v, m) -> inserted((Map<?, ?>) v[0], Map.of(v[1], v[2]), m),
            MAP,
            A,
            B));
  }

  private static void sets(List<Overload> all) {
    all.add(
        function(
            "sets.contains",
            "list_sets_contains_list",
            BOOL,
            (v, m) -> containsAll(items(v), (List<?>) v[1], m),
            LIST,
            LIST));
    all.add(
        function(
            "sets.equivalent",
            "list_sets_equivalent_list",
            BOOL,
            (v, m) ->
                containsAll(items(v), (List<?>) v[1], m)
                    && containsAll((List<?>) v[1], items(v), m),
            LIST,
            LIST));
    all.add(
        function(
            "sets.intersects",
            "list_sets_intersects_list",
            BOOL,
            (v, m) -> {
              List<?> other = (List<?>) v[1];
              for (Object item : items(v)) {
                if (Equality.contains(other, item, m)) {
                  return true;
                }
              }
              return false;
            },
            LIST,
            LIST));
  }

  private static List<?> items(Object[] v) {
    return (List<?>) v[0];
  }

  private static Object sorted(Object[] v, Meter meter) {
    List<?> list = items(v);
    for (int i = 1; i < list.size(); i++) {
      if (Equality.compare(list.get(i - 1), list.get(i), meter) > 0) {
        return false;
      }
    }
    return true;
  }

  private static Object extreme(List<?> list, int sign, Meter meter) {
    if (list.isEmpty()) {
      throw new CelException((sign < 0 ? "min" : "max") + " called on empty list");
    }
    Object best = list.getFirst();
    for (Object item : list) {
      best = Equality.compare(item, best, meter) * sign > 0 ? item : best;
    }
    return best;
  }

  private static Object sum(List<?> list, CelType type, Meter meter) {
    Object sum =
        switch (type.kind()) {
          case INT -> 0L;
          case UINT -> com.google.common.primitives.UnsignedLong.ZERO;
          case DOUBLE -> 0.0;
          default -> Duration.ZERO;
        };
    if (list.isEmpty()) {
      return sum;
    }
    for (Object item : list) {
      meter.pay(1);
      sum = Library.call("_+_", meter, sum, item);
    }
    return sum;
  }

  private static Object indexOf(Object[] v, Meter meter) {
    List<?> list = items(v);
    for (int i = 0; i < list.size(); i++) {
      if (Equality.equal(list.get(i), v[1], meter)) {
        return (long) i;
      }
    }
    return -1L;
  }

  private static Object lastIndexOf(Object[] v, Meter meter) {
    List<?> list = items(v);
    for (int i = list.size() - 1; i >= 0; i--) {
      if (Equality.equal(list.get(i), v[1], meter)) {
        return (long) i;
      }
    }
    return -1L;
  }

  private static Object slice(List<?> list, long from, long to, Meter meter) {
    if (from < 0 || to < 0) {
      throw new CelException(
          "cannot slice(%d, %d), negative indexes not supported".formatted(from, to));
    }
    if (from > to) {
      throw new CelException(
          "cannot slice(%d, %d), start index must be less than or equal to end index"
              .formatted(from, to));
    }
    if (to > list.size()) {
      throw new CelException(
          "cannot slice(%d, %d), list is length %d".formatted(from, to, list.size()));
    }
    meter.pay(to - from);
    meter.takeItems(to - from);
    return new ArrayList<Object>(list.subList((int) from, (int) to));
  }

  private static List<Object> flat(List<?> list, long depth, Meter meter) {
    if (depth < 0) {
      throw new CelException("level must be non-negative");
    }
    var flat = new ArrayList<Object>();
    for (Object item : list) {
      meter.pay(1);
      if (item instanceof List<?> inner && depth > 0) {
        flat.addAll(flat(inner, depth - 1, meter));
      } else {
        meter.takeItems(1);
        flat.add(item);
      }
    }
    return flat;
  }

  private static Object distinct(Object[] v, Meter meter) {
    var distinct = new ArrayList<Object>();
    for (Object item : items(v)) {
      if (!Equality.contains(distinct, item, meter)) {
        meter.takeItems(1);
        distinct.add(item);
      }
    }
    return distinct;
  }

  private static Object sortedBy(List<?> list, List<?> keys, Meter meter) {
    if (list.size() != keys.size()) {
      throw new CelException("there must be a key for each item");
    }
    meter.pay(list.size());
    meter.takeItems(2L * list.size());
    // Keys are values of trees, which are made anew at each look.
    List<Object> held = new ArrayList<>(keys);
    return IntStream.range(0, list.size())
        .boxed()
        .sorted((a, b) -> Equality.compare(held.get(a), held.get(b), meter))
        .<Object>map(list::get)
        .toList();
  }

  private static Object inserted(Map<?, ?> map, Map<?, ?> more, Meter meter) {
    meter.pay(1L + map.size() + more.size());
    meter.takeItems(2L * more.size()); // the map before is not seen again
    var all = new LinkedHashMap<Object, Object>(map);
    more.forEach((key, value) -> {
      if (all.put(Equality.key(key), value) != null) {
        throw new CelException("insert failed: key " + key + " already exists");
      }
    });
    return all;
  }

  private static boolean containsAll(List<?> list, List<?> wanted, Meter meter) {
    for (Object item : wanted) {
      if (!Equality.contains(list, item, meter)) {
        return false;
      }
    }
    return true;
  }
}
