package io.croft.model;

import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One field that does not hold what it should, worded as Kubernetes words it. Bounded: long texts
/// are cut, for they come from strangers and go into answers and logs.
///
/// @param field the field's path, for example `spec.items[0].name`; at most 1024 characters
/// @param badValue the value seen: a JSON tree, text, a number, a boolean, a list of these, or
///   null; or {@link #OMITTED} to leave it out of the message, which shows 256 characters of it
/// @param detail what is allowed; may be empty; at most 1024 characters
public record FieldError(Type type, String field, @Nullable Object badValue, String detail) {
  private static final int MAX_CHARS = 1024;

  /// Stands for a value that is not shown.
  public static final Object OMITTED = Omitted.VALUE;

  private enum Omitted {
    VALUE
  }

  public FieldError {
    field = Shortened.text(field, MAX_CHARS);
    detail = Shortened.text(detail, MAX_CHARS);
  }

  /// The sort of error.
  public enum Type {
    NOT_FOUND("FieldValueNotFound", "Not found", true),
    REQUIRED("FieldValueRequired", "Required value", false),
    DUPLICATE("FieldValueDuplicate", "Duplicate value", true),
    INVALID("FieldValueInvalid", "Invalid value", true),
    TYPE_INVALID("FieldValueTypeInvalid", "Invalid value", true),
    NOT_SUPPORTED("FieldValueNotSupported", "Unsupported value", true),
    FORBIDDEN("FieldValueForbidden", "Forbidden", false),
    TOO_LONG("FieldValueTooLong", "Too long", false),
    TOO_SHORT("FieldValueTooShort", "Too short", false),
    TOO_MANY("FieldValueTooMany", "Too many", true),
    INTERNAL("InternalError", "Internal error", false);

    private final String reason;
    private final String text;
    private final boolean showsValue;

    Type(String reason, String text, boolean showsValue) {
      this.reason = reason;
      this.text = text;
      this.showsValue = showsValue;
    }

    /// The machine-readable reason of a {@link StatusCause}.
    public String reason() {
      return reason;
    }

    /// How a message starts.
    public String text() {
      return text;
    }
  }

  public static FieldError required(String field, String detail) {
    return new FieldError(Type.REQUIRED, field, OMITTED, detail);
  }

  public static FieldError invalid(String field, @Nullable Object value, String detail) {
    return new FieldError(Type.INVALID, field, value, detail);
  }

  public static FieldError typeInvalid(String field, @Nullable Object value, String detail) {
    return new FieldError(Type.TYPE_INVALID, field, value, detail);
  }

  public static FieldError forbidden(String field, String detail) {
    return new FieldError(Type.FORBIDDEN, field, OMITTED, detail);
  }

  public static FieldError duplicate(String field, @Nullable Object value) {
    return new FieldError(Type.DUPLICATE, field, value, "");
  }

  public static FieldError notFound(String field, @Nullable Object value) {
    return new FieldError(Type.NOT_FOUND, field, value, "");
  }

  /// @param supported the values that are, in the order in which to name them
  public static FieldError notSupported(
      String field, @Nullable Object value, Collection<String> supported) {
    String list = supported.stream().map(Quoted::text).collect(Collectors.joining(", "));
    return new FieldError(
        Type.NOT_SUPPORTED, field, value, list.isEmpty() ? "" : "supported values: " + list);
  }

  /// @param maxBytes the most that is allowed, in bytes
  public static FieldError tooLong(String field, int maxBytes) {
    String unit = maxBytes == 1 ? " byte" : " bytes";
    return new FieldError(Type.TOO_LONG, field, OMITTED, "may not be more than " + maxBytes + unit);
  }

  /// @param actual how many there are
  /// @param most how many are allowed
  public static FieldError tooMany(String field, int actual, int most) {
    String unit = most == 1 ? " item" : " items";
    return new FieldError(Type.TOO_MANY, field, actual, "must have at most " + most + unit);
  }

  /// The message with the field in front: `spec.x: Invalid value: 1: must be even`.
  public String message() {
    return field + ": " + body();
  }

  /// The message without the field: `Invalid value: 1: must be even`.
  public String body() {
    var body = new StringBuilder(type.text());
    if (type.showsValue && !(badValue instanceof Omitted)) {
      body.append(": ").append(ShownValue.of(badValue));
    }
    if (!detail.isEmpty()) {
      body.append(": ").append(detail);
    }
    return body.toString();
  }

  public StatusCause toCause() {
    return new StatusCause(type.reason(), body(), field);
  }
}
