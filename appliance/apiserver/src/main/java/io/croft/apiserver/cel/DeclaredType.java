package io.croft.apiserver.cel;

import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypes;
import dev.cel.common.types.ListType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.StructType;
import dev.cel.common.types.StructTypeReference;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The type of a variable or of what an expression gives.
public final class DeclaredType {
  public static final DeclaredType BOOL = new DeclaredType(Types.BOOL, name -> null);
  public static final DeclaredType STRING = new DeclaredType(Types.STRING, name -> null);
  public static final DeclaredType DYN = new DeclaredType(Types.DYN, name -> null);
  public static final DeclaredType AUTHORIZER =
      new DeclaredType(AuthorizerValue.TYPE, name -> null);

  public static final DeclaredType RESOURCE_CHECK =
      new DeclaredType(AuthorizerValue.ResourceCheck.TYPE, name -> null);

  /// What an applied configuration is made as.
  public static final DeclaredType OBJECT =
      new DeclaredType(StructTypeReference.create(PatchTypes.OBJECT), name -> null);

  /// What a JSON patch is made as.
  public static final DeclaredType JSON_PATCHES =
      new DeclaredType(
          ListType.create(StructTypeReference.create(PatchTypes.JSON_PATCH)), name -> null);

  private final CelType type;
  private final Function<String, @Nullable StructType> named;

  DeclaredType(CelType type, Function<String, @Nullable StructType> named) {
    this.type = type;
    this.named = named;
  }

  public static DeclaredType of(RuleSchema schema) {
    return new DeclaredType(schema.type(), schema::find);
  }

  /// An object with the given fields.
  @SuppressWarnings("Immutable") // the map is a copy, and schemas only remember what they have read
  public static DeclaredType struct(String name, Map<String, DeclaredType> declared) {
    Map<String, DeclaredType> fields = Map.copyOf(declared);
    StructType type =
        StructType.create(
            name,
            ImmutableSet.copyOf(fields.keySet()),
            field -> Optional.ofNullable(fields.get(field)).map(DeclaredType::celType));
    return new DeclaredType(
        type,
        wanted ->
            wanted.equals(name)
                ? type
                : fields.values().stream()
                    .flatMap(field -> field.find(wanted).stream())
                    .findFirst()
                    .orElse(null));
  }

  public DeclaredType optional() {
    return new DeclaredType(OptionalType.create(type), named);
  }

  /// As expressions write it: `list(string)`.
  @Override
  public String toString() {
    return CelTypes.format(type);
  }

  CelType celType() {
    return type;
  }

  /// A type that this one holds somewhere within.
  Optional<StructType> find(String name) {
    return Optional.ofNullable(named.apply(name));
  }
}
