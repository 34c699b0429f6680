package io.croft.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The types of values, and how they are held here:
///
/// | | |
/// |---|---|
/// | `bool`, `string`, `int`, `double` | `Boolean`, `String`, `Long`, `Double` |
/// | `uint`, `bytes`, `null_type` | `UnsignedLong`, `CelByteString`, `NullValue` |
/// | `timestamp`, `duration` | `Instant`, `Duration` |
/// | `list`, `map`, objects | `List`, `Map`; views of JSON trees: {@link JsonList}, {@link JsonMap} |
/// | optionals, types | `Optional`, {@link TypeValue} |
/// | Kubernetes' own | {@link Opaque} |
final class Types {
  static final CelType BOOL = SimpleType.BOOL;
  static final CelType INT = SimpleType.INT;
  static final CelType UINT = SimpleType.UINT;
  static final CelType DOUBLE = SimpleType.DOUBLE;
  static final CelType STRING = SimpleType.STRING;
  static final CelType BYTES = SimpleType.BYTES;
  static final CelType TIMESTAMP = SimpleType.TIMESTAMP;
  static final CelType DURATION = SimpleType.DURATION;
  static final CelType DYN = SimpleType.DYN;
  static final TypeParamType A = TypeParamType.create("A");
  static final TypeParamType B = TypeParamType.create("B");
  static final ListType LIST = ListType.create(A);
  static final ListType STRINGS = ListType.create(STRING);
  static final MapType MAP = MapType.create(A, B);
  static final OptionalType OPTIONAL = OptionalType.create(A);

  private Types() {}

  /// A value of a type that only Kubernetes has.
  interface Opaque {
    /// For example `kubernetes.URL`.
    OpaqueType celType();
  }

  /// Whether a value may be handed over for an argument. What a list or a map holds is not looked
  /// at.
  static boolean isOf(Object value, CelType type) {
    return switch (type.kind()) {
      case DYN, ANY, TYPE_PARAM -> true;
      case BOOL -> value instanceof Boolean;
      case INT -> value instanceof Long;
      case UINT -> value instanceof UnsignedLong;
      case DOUBLE -> value instanceof Double;
      case STRING -> value instanceof String;
      case BYTES -> value instanceof CelByteString;
      case TIMESTAMP -> value instanceof Instant;
      case DURATION -> value instanceof Duration;
      case LIST -> value instanceof List;
      case MAP, STRUCT -> value instanceof Map;
      case NULL_TYPE -> value instanceof NullValue;
      case TYPE -> value instanceof TypeValue;
      case OPAQUE ->
          type instanceof OptionalType
              ? value instanceof Optional
              : value instanceof Opaque opaque && opaque.celType().name().equals(type.name());
      default -> false;
    };
  }

  static String nameOf(Object value) {
    return switch (value) {
      case Boolean b -> "bool";
      case Long l -> "int";
      case UnsignedLong u -> "uint";
      case Double d -> "double";
      case String s -> "string";
      case CelByteString b -> "bytes";
      case Instant i -> SimpleType.TIMESTAMP.name();
      case Duration d -> SimpleType.DURATION.name();
      case List<?> l -> "list";
      case JsonMap m -> m.typeName();
      case StructValue s -> s.typeName();
      case Map<?, ?> m -> "map";
      case NullValue n -> "null_type";
      case Optional<?> o -> OptionalType.NAME;
      case TypeValue t -> "type";
      case Opaque o -> o.celType().name();
      default -> value.getClass().getSimpleName();
    };
  }
}
