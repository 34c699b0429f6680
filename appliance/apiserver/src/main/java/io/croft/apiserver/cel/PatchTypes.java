package io.croft.apiserver.cel;

import com.google.common.collect.ImmutableSet;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.StructType;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The types that expressions make patches of: `Object`, `Object.spec` and so on, whose fields may
/// have any name, and `JSONPatch`.
final class PatchTypes {
  static final String OBJECT = "Object";
  static final String JSON_PATCH = "JSONPatch";

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final StructType OPERATION =
      StructType.create(
          JSON_PATCH,
          ImmutableSet.of("op", "path", "from", "value"),
          field -> Optional.of(field.equals("value") ? Types.DYN : Types.STRING));

  private static final Overload ESCAPE_KEY =
      new Overload(
          "jsonpatch.escapeKey",
          "string_jsonpatch_escapeKey_string",
          false,
          false,
          Types.STRING,
          List.of(Types.STRING),
          (v, m) -> escaped((String) v[0], m));

  private final ImmutableSet<String> names;

  private PatchTypes(ImmutableSet<String> names) {
    this.names = names;
  }

  /// For one expression. A type has to name its fields beforehand: whatever the expression names
  /// may be one.
  static PatchTypes of(String source) {
    return new PatchTypes(
        NAME.matcher(source)
            .results()
            .map(MatchResult::group)
            .collect(ImmutableSet.toImmutableSet()));
  }

  Optional<CelType> find(String name) {
    if (name.equals(JSON_PATCH)) {
      return Optional.of(OPERATION);
    }
    return name.equals(OBJECT) || name.startsWith(OBJECT + ".")
        ? Optional.of(StructType.create(name, names, field -> Optional.of(Types.DYN)))
        : Optional.empty();
  }

  static List<Overload> functions() {
    return List.of(ESCAPE_KEY);
  }

  /// Only expressions that make patches know these functions.
  static CelFunctionDecl declaration() {
    return CelFunctionDecl.newFunctionDeclaration(
        ESCAPE_KEY.function(), List.of(ESCAPE_KEY.declaration()));
  }

  /// RFC 6901 section 3.
  private static Object escaped(String key, Meter meter) {
    meter.payText(key.length());
    return key.replace("~", "~0").replace("/", "~1");
  }
}
