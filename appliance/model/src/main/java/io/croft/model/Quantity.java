package io.croft.model;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An amount of a resource, such as `500m`, `2` or `1Gi`: Kubernetes' `resource.Quantity`.
/// Immutable. Two quantities are equal when their amounts are, however they are written.
///
/// As in Kubernetes, an amount is rounded up (away from zero) to a billionth and is at most 2⁶³-1.
public final class Quantity implements Comparable<Quantity> {
  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);
  private static final BigDecimal KIBI = BigDecimal.valueOf(1024);
  private static final int NANO = 9;

  /// Longest text; real ones have a dozen characters.
  private static final int MAX_LENGTH = 100;

  private static final Pattern NUMBER = Pattern.compile("([+-]?[0-9.]+)([a-zA-Z]*[-+]?[0-9]*)");
  private static final Pattern EXPONENT = Pattern.compile("[eE]([-+]?[0-9]{1,3})");

  /// Suffixes by power of 1000, from the billionth up, and by power of 1024.
  private static final List<String> DECIMAL =
      List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");

  private static final int DECIMAL_ONE = DECIMAL.indexOf("");
  private static final List<String> BINARY = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");

  public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Form.DECIMAL);

  private enum Form {
    DECIMAL,
    BINARY,
    EXPONENT
  }

  private final BigDecimal value;
  private final Form form;

  private Quantity(BigDecimal value, Form form) {
    BigDecimal rounded = value.setScale(Math.min(value.scale(), NANO), RoundingMode.UP);
    this.value = rounded.min(MAX).max(MAX.negate());
    this.form = form;
  }

  /// @throws IllegalArgumentException when `text` is not a quantity, with kube-apiserver's message
  public static Quantity parse(String text) {
    Matcher parts = NUMBER.matcher(text);
    if (text.length() > MAX_LENGTH || !parts.matches()) {
      throw new IllegalArgumentException(
          "quantities must match the regular expression"
              + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
    BigDecimal number = number(parts.group(1));
    String suffix = parts.group(2);
    int decimal = DECIMAL.indexOf(suffix);
    if (decimal >= 0) {
      return new Quantity(number.scaleByPowerOfTen(3 * (decimal - DECIMAL_ONE)), Form.DECIMAL);
    }
    int binary = BINARY.indexOf(suffix);
    if (binary >= 0) {
      return new Quantity(number.multiply(KIBI.pow(binary)), Form.BINARY);
    }
    Matcher exponent = EXPONENT.matcher(suffix);
    if (exponent.matches()) {
      int power = Integer.parseInt(exponent.group(1));
      return new Quantity(number.scaleByPowerOfTen(power), Form.EXPONENT);
    }
    throw new IllegalArgumentException("unable to parse quantity's suffix");
  }

  private static BigDecimal number(String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("unable to parse numeric part of quantity", e);
    }
  }

  /// The exact amount in the base unit.
  public BigDecimal value() {
    return value;
  }

  public Quantity add(Quantity other) {
    return new Quantity(value.add(other.value), value.signum() == 0 ? other.form : form);
  }

  public Quantity subtract(Quantity other) {
    return new Quantity(value.subtract(other.value), value.signum() == 0 ? other.form : form);
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

  /// The canonical text: an integer with the largest suffix that leaves it one, in the form that
  /// was parsed. Binary amounts below 1024 have no suffix to be written with and are written as
  /// decimal ones.
  @Override
  public String toString() {
    return switch (form) {
      case BINARY -> value.abs().compareTo(KIBI) < 0 ? decimalText(false) : binaryText();
      case DECIMAL -> decimalText(false);
      case EXPONENT -> decimalText(true);
    };
  }

  private String binaryText() {
    BigDecimal number = value.setScale(0, RoundingMode.UP);
    int power = 0;
    while (power < BINARY.size() - 1 && number.remainder(KIBI).signum() == 0) {
      number = number.divideToIntegralValue(KIBI);
      power++;
    }
    return number.toPlainString() + BINARY.get(power);
  }

  private String decimalText(boolean exponent) {
    if (value.signum() == 0) {
      return "0";
    }
    BigDecimal number = value.scaleByPowerOfTen(NANO);
    int power = 0;
    while (power < DECIMAL.size() - 1 && number.remainder(THOUSAND).signum() == 0) {
      number = number.divideToIntegralValue(THOUSAND);
      power++;
    }
    String digits = number.setScale(0, RoundingMode.UNNECESSARY).toPlainString();
    if (!exponent) {
      return digits + DECIMAL.get(power);
    }
    return power == DECIMAL_ONE ? digits : digits + "e" + 3 * (power - DECIMAL_ONE);
  }
}
