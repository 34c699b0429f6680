package io.croft.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.TypeType;

/// A type as a value: what `type(x)` gives and `string` stands for.
record TypeValue(String name) {
  static TypeValue of(CelType type) {
    CelType inner = type instanceof TypeType of ? of.type() : type;
    return new TypeValue(inner.name());
  }
}
