package io.croft.model;

import io.croft.model.LabelSelector.Operator;
import io.croft.model.LabelSelector.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Recursive descent over the grammar of label selectors, with kube-apiserver's messages. Tokens
/// are plain strings: the symbols `( ) , ! = == != < >` and words; the empty token is the end.
final class LabelSelectorParser {
  private static final String SYMBOLS = "=!(),><";
  private static final String END = "";
  private static final Map<String, Operator> BINARY =
      Map.of(
          "in", Operator.IN,
          "notin", Operator.NOT_IN,
          "=", Operator.EQUALS,
          "==", Operator.EQUALS,
          "!=", Operator.NOT_EQUALS,
          ">", Operator.GREATER_THAN,
          "<", Operator.LESS_THAN);

  private final List<String> tokens;
  private int position;

  LabelSelectorParser(String text) {
    this.tokens = tokens(text);
  }

  List<Requirement> parse() {
    var requirements = new ArrayList<Requirement>();
    if (peek().equals(END)) {
      return requirements;
    }
    if (!startsRequirement()) {
      throw found(peek(), "!, identifier, or 'end of string'");
    }
    while (true) {
      requirements.add(requirement());
      String separator = next();
      if (separator.equals(END)) {
        return requirements;
      }
      if (!separator.equals(",")) {
        throw found(separator, "',' or 'end of string'");
      }
      if (!startsRequirement()) {
        throw found(peek(), "identifier after ','");
      }
    }
  }

  private boolean startsRequirement() {
    return isWord(peek()) || peek().equals("!");
  }

  private Requirement requirement() {
    try {
      boolean negated = peek().equals("!");
      if (negated) {
        next();
      }
      String key = key();
      if (peek().equals(END) || peek().equals(",")) {
        return new Requirement(key, negated ? Operator.DOES_NOT_EXIST : Operator.EXISTS, List.of());
      }
      Operator operator = operator();
      List<String> values =
          operator == Operator.IN || operator == Operator.NOT_IN ? valueSet() : exactValue();
      return new Requirement(key, operator, values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("unable to parse requirement: " + e.getMessage(), e);
    }
  }

  private String key() {
    String key = next();
    if (!isWord(key)) {
      throw found(key, "identifier");
    }
    var errors = new ArrayList<FieldError>();
    // The words before the first colon are kube-apiserver's, which has no path at hand here.
    Requirement.checkKey(key, "<nil>", errors);
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(errors.get(0).message());
    }
    return key;
  }

  private Operator operator() {
    String token = next();
    Operator operator = BINARY.get(token);
    if (operator == null) {
      throw found(token, "in, notin, =, ==, !=, gt, lt");
    }
    return operator;
  }

  /// `(a, b, c)`, where any value may be empty: `(,a)` holds two.
  private List<String> valueSet() {
    String open = next();
    if (!open.equals("(")) {
      throw new IllegalArgumentException("found '" + open + "' expected: '('");
    }
    var values = new ArrayList<String>();
    while (true) {
      values.add(isWord(peek()) ? next() : "");
      String separator = next();
      if (separator.equals(")")) {
        return values;
      }
      if (!separator.equals(",")) {
        throw found(separator, "',' or ')'");
      }
    }
  }

  private List<String> exactValue() {
    if (peek().equals(END) || peek().equals(",")) {
      return List.of("");
    }
    String value = next();
    if (!isWord(value)) {
      throw found(value, "identifier");
    }
    return List.of(value);
  }

  private String peek() {
    return tokens.get(position);
  }

  private String next() {
    String token = tokens.get(position);
    if (position < tokens.size() - 1) {
      position++;
    }
    return token;
  }

  private static boolean isWord(String token) {
    return !token.isEmpty() && SYMBOLS.indexOf(token.charAt(0)) < 0;
  }

  private static IllegalArgumentException found(String token, String expected) {
    return new IllegalArgumentException("found '" + token + "', expected: " + expected);
  }

  private static List<String> tokens(String text) {
    var tokens = new ArrayList<String>();
    int at = 0;
    while (at < text.length()) {
      int end = at + 1;
      if (isSpace(text.charAt(at))) {
        at = end;
        continue;
      }
      if (SYMBOLS.indexOf(text.charAt(at)) >= 0) {
        if (text.startsWith("==", at) || text.startsWith("!=", at)) {
          end++;
        }
      } else {
        while (end < text.length() && !endsWord(text.charAt(end))) {
          end++;
        }
      }
      tokens.add(text.substring(at, end));
      at = end;
    }
    tokens.add(END);
    return tokens;
  }

  private static boolean endsWord(char c) {
    return isSpace(c) || SYMBOLS.indexOf(c) >= 0;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }
}
