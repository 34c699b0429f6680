package io.croft.model;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import org.jspecify.annotations.Nullable;

/// Bytes that are not the JSON that was asked for. The message is one line and says what is wrong
/// and, where there is one, at which line and column. It never repeats what stands there, for
/// messages are answered and recorded, and a document may hold secrets.
public final class MalformedJsonException extends Exception {
  public MalformedJsonException(String message) {
    super(message);
  }

  /// The parser's own message quotes the document and is used only to tell which limit was met.
  static MalformedJsonException of(JsonProcessingException e) {
    String parser = String.valueOf(e.getOriginalMessage());
    String phrase =
        switch (e) {
          case StreamConstraintsException _ -> beyondLimit(parser);
          case JsonEOFException _ -> "the document ends too early";
          case MismatchedInputException _ -> "there is more after the end of the value";
          default ->
              parser.startsWith("Duplicate field")
                  ? "a key occurs twice in one object"
                  : "malformed JSON";
        };
    return new MalformedJsonException(place(e.getLocation()) + phrase);
  }

  private static String beyondLimit(String parser) {
    if (parser.startsWith("Document nesting depth")) {
      return "nested deeper than " + Json.MAX_DEPTH + " levels";
    } else if (parser.startsWith("Token count")) {
      return "more than " + Json.MAX_TOKENS + " keys, values and brackets";
    } else if (parser.startsWith("Number")) {
      return "a number has more than " + Json.MAX_NUMBER_LENGTH + " digits";
    } else if (parser.startsWith("Name")) {
      return "a key has more than " + Json.MAX_NAME_LENGTH + " characters";
    }
    return "a value is too large";
  }

  private static String place(@Nullable JsonLocation at) {
    return at == null || at.getLineNr() < 1
        ? ""
        : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
  }
}
