package io.croft.model;

import java.math.BigDecimal;

/// An amount of a resource, such as `500m`, `2` or `1Gi`: Kubernetes' `resource.Quantity`.
/// Immutable.
public final class Quantity implements Comparable<Quantity> {
  private final BigDecimal value;

  private Quantity(BigDecimal value) {
    this.value = value;
  }

  /// @throws IllegalArgumentException when `text` is not a quantity
  public static Quantity parse(String text) {
    return new Quantity(new BigDecimal(text));
  }

  /// The exact amount in the base unit.
  public BigDecimal value() {
    return value;
  }

  public Quantity add(Quantity other) {
    return new Quantity(value.add(other.value));
  }

  @Override
  public int compareTo(Quantity other) {
    return value.compareTo(other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Quantity that && compareTo(that) == 0;
  }

  @Override
  public int hashCode() {
    return value.stripTrailingZeros().hashCode();
  }
}
