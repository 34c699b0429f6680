package io.croft.apiserver.cel;

import dev.cel.common.types.OpaqueType;
import io.croft.model.Quantity;
import java.math.BigDecimal;

/// A quantity as a value: `quantity("1.5Gi")`.
record Amount(Quantity quantity) implements Types.Opaque, Comparable<Amount> {
  static final OpaqueType TYPE = OpaqueType.create("kubernetes.Quantity");

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  static Amount parse(String text) {
    try {
      return new Amount(Quantity.parse(text));
    } catch (IllegalArgumentException e) {
      throw new CelException(String.valueOf(e.getMessage()));
    }
  }

  static boolean isValid(String text) {
    try {
      parse(text);
      return true;
    } catch (CelException e) {
      return false;
    }
  }

  static Amount of(long number) {
    return parse(Long.toString(number));
  }

  boolean isInteger() {
    BigDecimal value = quantity.value();
    return value.stripTrailingZeros().scale() <= 0
        && value.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) >= 0
        && value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0;
  }

  long asInteger() {
    if (!isInteger()) {
      throw new CelException("cannot convert value to integer");
    }
    return quantity.value().longValueExact();
  }

  @Override
  public int compareTo(Amount other) {
    return quantity.compareTo(other.quantity);
  }
}
