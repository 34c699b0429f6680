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
import static io.croft.apiserver.cel.Types.STRING;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.types.ListType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Optional values. The operators `?.`, `[?]`, `or` and `orValue` are part of the evaluation; here
/// the type checker learns of them.
final class OptionalFunctions {
  private static final OptionalType OPTIONAL_B = OptionalType.create(B);

  private OptionalFunctions() {}

  static List<Overload> all() {
    Overload.Body never = (v, m) -> Optional.empty();
    return List.of(
        function("optional.of", "optional_of", OPTIONAL, (v, m) -> Optional.of(v[0]), A),
        function("optional.none", "optional_none", OPTIONAL, never),
        function(
            "optional.ofNonZeroValue",
            "optional_ofNonZeroValue",
            OPTIONAL,
            (v, m) -> isZero(v[0], m) ? Optional.empty() : Optional.of(v[0]),
            A),
        member("value", "optional_value", A, (v, m) -> value((Optional<?>) v[0]), OPTIONAL),
        member(
            "hasValue",
            "optional_hasValue",
            BOOL,
            (v, m) -> ((Optional<?>) v[0]).isPresent(),
            OPTIONAL),
        function(
            "optional.unwrap",
            "optional_unwrap_list",
            LIST,
            (v, m) -> {
              List<?> list = (List<?>) v[0];
              m.pay(list.size());
              m.takeItems(list.size());
              return list.stream().map(o -> (Optional<?>) o).flatMap(Optional::stream).toList();
            },
            ListType.create(OPTIONAL)),
        member("or", "optional_or_optional", OPTIONAL, never, OPTIONAL, OPTIONAL),
        member("orValue", "optional_orValue_value", A, never, OPTIONAL, A),
        function("_?._", "select_optional_field", OPTIONAL, never, DYN, STRING),
        function("_[?_]", "list_optindex_optional_int", OPTIONAL, never, LIST, INT),
        function(
            "_[?_]",
            "optional_list_optindex_optional_int",
            OPTIONAL,
            never,
            OptionalType.create(LIST),
            INT),
        function("_[?_]", "map_optindex_optional_value", OPTIONAL_B, never, MAP, A),
        function(
            "_[?_]",
            "optional_map_optindex_optional_value",
            OPTIONAL_B,
            never,
            OptionalType.create(MAP),
            A),
        function(
            "_[_]", "optional_list_index_int", OPTIONAL, never, OptionalType.create(LIST), INT),
        function(
            "_[_]", "optional_map_index_value", OPTIONAL_B, never, OptionalType.create(MAP), A));
  }

  private static Object value(Optional<?> optional) {
    return optional
        .map(Object.class::cast)
        .orElseThrow(() -> new CelException("optional.none() dereference"));
  }

  private static boolean isZero(Object value, Meter meter) {
    return switch (value) {
      case Boolean b -> !b;
      case Long l -> l == 0;
      case UnsignedLong u -> u.longValue() == 0;
      case Double d -> d == 0;
      case String s -> s.isEmpty();
      case CelByteString b -> b.isEmpty();
      case List<?> l -> l.isEmpty();
      case Map<?, ?> m -> JsonMap.size(m, meter) == 0;
      case Duration d -> d.isZero();
      case Optional<?> o -> o.isEmpty();
      case NullValue n -> true;
      default -> false;
    };
  }
}
