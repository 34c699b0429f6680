package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Quantity;
import io.croft.model.Quoted;
import io.croft.model.schema.SchemaNode.Constraints;
import java.math.BigDecimal;

/// What schemas ask of text and numbers.
final class ScalarChecks {
  private static final BigDecimal INT32_MIN = BigDecimal.valueOf(Integer.MIN_VALUE);
  private static final BigDecimal INT32_MAX = BigDecimal.valueOf(Integer.MAX_VALUE);
  private static final BigDecimal INT64_MIN = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal INT64_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private ScalarChecks() {}

  static void check(SchemaNode schema, JsonNode value, FieldPath path, FieldErrors errors) {
    if (schema.dialect() == Dialect.OPEN_API && schema.format().equals(Formats.QUANTITY)) {
      quantity(value.asText(), path, errors);
    } else if (value.isTextual()) {
      text(schema, value.textValue(), path, errors);
    } else if (value.isNumber()) {
      numberRange(schema, value, path, errors);
      number(schema.constraints(), value, path, errors);
    }
  }

  private static void quantity(String text, FieldPath path, FieldErrors errors) {
    try {
      Quantity.parse(text.strip());
    } catch (IllegalArgumentException e) {
      errors.add(FieldError.typeInvalid(path.toString(), text, String.valueOf(e.getMessage())));
    }
  }

  private static void text(SchemaNode schema, String value, FieldPath path, FieldErrors errors) {
    Constraints constraints = schema.constraints();
    int length = value.codePointCount(0, value.length());
    var range = constraints.length();
    if (length > range.most()) {
      errors.add(FieldError.tooLong(path.toString(), (int) range.most()));
      return;
    }
    if (length < range.least()) {
      errors.add(path.inBody(value, "should be at least " + range.least() + " chars long"));
    }
    SafePattern pattern = constraints.pattern();
    if (pattern != null && !pattern.isFoundIn(value)) {
      errors.add(path.inBody(value, "should match '" + pattern + "'"));
    }
    if (!schema.format().isEmpty() && !Formats.accept(schema.format(), value)) {
      String wanted =
          path + " in body must be of type " + schema.format() + ": " + Quoted.text(value);
      errors.add(FieldError.typeInvalid(path.toString(), value, wanted));
    }
  }

  /// Integers of any format must fit into 64 bits, as in every other implementation.
  private static void numberRange(
      SchemaNode schema, JsonNode value, FieldPath path, FieldErrors errors) {
    boolean integer = schema.types().contains("integer") && !schema.types().contains("number");
    if (!integer) {
      return;
    }
    boolean narrow = schema.format().equals("int32");
    BigDecimal least = narrow ? INT32_MIN : INT64_MIN;
    BigDecimal most = narrow ? INT32_MAX : INT64_MAX;
    BigDecimal number = value.decimalValue();
    if (number.compareTo(least) < 0 || number.compareTo(most) > 0) {
      String format =
          schema.format().isEmpty() ? "(default format)" : "with format " + schema.format();
      errors.add(
          FieldError.invalid(
              path.toString(), value, "value must be of type integer " + format + " in " + path));
    }
  }

  private static void number(
      Constraints constraints, JsonNode value, FieldPath path, FieldErrors errors) {
    BigDecimal number = value.decimalValue();
    BigDecimal multipleOf = constraints.multipleOf();
    if (multipleOf != null
        && multipleOf.signum() > 0
        && number.remainder(multipleOf).signum() != 0) {
      errors.add(path.inBody(value, "should be a multiple of " + plain(multipleOf)));
    }
    BigDecimal minimum = constraints.minimum();
    if (minimum != null) {
      boolean exclusive = constraints.exclusiveMinimum();
      if (number.compareTo(minimum) < (exclusive ? 1 : 0)) {
        String than = exclusive ? "greater than " : "greater than or equal to ";
        errors.add(path.inBody(value, "should be " + than + plain(minimum)));
      }
    }
    BigDecimal maximum = constraints.maximum();
    if (maximum != null) {
      boolean exclusive = constraints.exclusiveMaximum();
      if (number.compareTo(maximum) > (exclusive ? -1 : 0)) {
        String than = exclusive ? "less than " : "less than or equal to ";
        errors.add(path.inBody(value, "should be " + than + plain(maximum)));
      }
    }
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
