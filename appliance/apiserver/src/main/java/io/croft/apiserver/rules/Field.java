package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import io.croft.model.Names;
import io.croft.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// A field of an object that is being checked: its value, its path, and where errors about it go.
/// The types of values have been checked before; a field that is absent reads as empty text, zero,
/// false or an empty list. Not thread-safe.
public final class Field {
  private final JsonNode node;
  private final String path;
  private final FieldErrors errors;

  private Field(JsonNode node, String path, FieldErrors errors) {
    this.node = node;
    this.path = path;
    this.errors = errors;
  }

  /// The whole object.
  public static Field root(ApiObject object, FieldErrors errors) {
    return new Field(object.json(), "", errors);
  }

  /// A field below this one, by the names on the way.
  public Field at(String... names) {
    Field field = this;
    for (String name : names) {
      String below = field.path.isEmpty() ? name : field.path + "." + name;
      field = new Field(field.node.path(name), below, errors);
    }
    return field;
  }

  /// The items of a list, in order.
  List<Field> items() {
    var items = new ArrayList<Field>(node.isArray() ? node.size() : 0);
    for (int i = 0; node.isArray() && i < node.size() && !errors.isFull(); i++) {
      items.add(item(i));
    }
    return items;
  }

  /// One item of a list.
  Field item(int index) {
    return new Field(node.path(index), path + "[" + index + "]", errors);
  }

  /// The values of a map.
  List<Field> values() {
    var values = new ArrayList<Field>();
    for (var entry : node.properties()) {
      values.add(key(entry.getKey()));
    }
    return values;
  }

  /// One value of a map.
  Field key(String key) {
    return new Field(node.path(key), path + "[" + key + "]", errors);
  }

  public JsonNode node() {
    return node;
  }

  String path() {
    return path;
  }

  public boolean present() {
    return !node.isMissingNode() && !node.isNull();
  }

  /// Absent, or an empty text, list or map.
  boolean empty() {
    return !present() || (node.isTextual() ? node.textValue().isEmpty() : isEmptyContainer());
  }

  private boolean isEmptyContainer() {
    return node.isContainerNode() && node.isEmpty();
  }

  public String text() {
    return node.asText("");
  }

  long number() {
    return node.asLong(0);
  }

  boolean flag() {
    return node.asBoolean(false);
  }

  /// The texts of a list.
  List<String> texts() {
    var texts = new ArrayList<String>();
    node.forEach(item -> texts.add(item.asText("")));
    return texts;
  }

  boolean same(Field other) {
    return Json.same(
        present() ? node : MissingNode.getInstance(),
        other.present() ? other.node : MissingNode.getInstance());
  }

  void add(FieldError error) {
    errors.add(error);
  }

  void invalid(String detail) {
    invalid(present() ? node : "", detail);
  }

  void invalid(Object value, String detail) {
    add(FieldError.invalid(path, value, detail));
  }

  void required(String detail) {
    add(FieldError.required(path, detail));
  }

  void forbidden(String detail) {
    add(FieldError.forbidden(path, detail));
  }

  void duplicate() {
    add(FieldError.duplicate(path, node));
  }

  void notFound() {
    add(FieldError.notFound(path, node));
  }

  /// @return whether it is there and not empty; an error otherwise
  boolean need() {
    return need("");
  }

  boolean need(String detail) {
    if (empty()) {
      required(detail);
      return false;
    }
    return true;
  }

  void mustBeAbsent(String why) {
    if (present()) {
      forbidden(why);
    }
  }

  /// One of some words; nothing is said of an absent field.
  void oneOf(String... supported) {
    oneOf(List.of(supported));
  }

  void oneOf(Collection<String> supported) {
    if (present() && !supported.contains(text())) {
      add(FieldError.notSupported(path, node, supported));
    }
  }

  /// One of some words, and there.
  void needOneOf(String... supported) {
    if (need()) {
      oneOf(supported);
    }
  }

  void nonNegative() {
    atLeast(0);
  }

  void positive() {
    if (present() && number() <= 0) {
      invalid("must be greater than zero");
    }
  }

  void atLeast(long least) {
    if (present() && number() < least) {
      invalid("must be greater than or equal to " + least);
    }
  }

  void within(long least, long most) {
    if (present() && (number() < least || number() > most)) {
      invalid("must be between " + least + " and " + most + ", inclusive");
    }
  }

  void unchanged(Field old) {
    unchanged(old, "field is immutable");
  }

  void unchanged(Field old, String detail) {
    if (!same(old)) {
      invalid(detail);
    }
  }

  /// Checks a text that is there by one of the rules of names.
  void named(Function<String, List<String>> form) {
    if (!empty()) {
      form.apply(text()).forEach(this::invalid);
    }
  }

  void dnsLabel() {
    named(Names::dns1123Label);
  }

  void dnsSubdomain() {
    named(Names::dns1123Subdomain);
  }

  void port() {
    within(1, 65_535);
  }

  /// A number that is there even when it is zero.
  void needPort() {
    if (!present()) {
      required("");
    } else {
      port();
    }
  }

  /// A port by its number or its name.
  void portOrName() {
    if (node.isTextual()) {
      Ports.name(text()).forEach(this::invalid);
    } else {
      port();
    }
  }

  /// A number of things, or a share of them such as `25%`.
  void countOrPercent() {
    if (node.isTextual()) {
      if (!text().matches("[0-9]{1,9}%")) {
        invalid(
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',"
                + "  or '93%', regex used for validation is '[0-9]+%')");
      }
    } else {
      nonNegative();
    }
  }

  /// At most all: for a share of what there is.
  void atMostAll() {
    if (node.isTextual()
        && text().matches("[0-9]{1,9}%")
        && Integer.parseInt(text().substring(0, text().length() - 1)) > 100) {
      invalid("must not be greater than 100%");
    }
  }

  /// Whether a count or share is nothing.
  boolean isZeroShare() {
    return present() && (node.isTextual() ? text().matches("0+%") : number() == 0);
  }

  /// The amount of a quantity; zero when absent. Its form has been checked before.
  BigDecimal amount() {
    try {
      return present() ? Quantity.parse(text()).value() : BigDecimal.ZERO;
    } catch (IllegalArgumentException e) {
      return BigDecimal.ZERO; // reported as a wrong type
    }
  }

  void nonNegativeAmount() {
    if (present() && amount().signum() < 0) {
      invalid("must be greater than or equal to 0");
    }
  }

  /// Reports every item whose identity an earlier one has.
  ///
  /// @param identity what tells items apart; empty for an item that has none
  void unique(Function<Field, String> identity, Function<Field, Field> blamed) {
    Set<String> seen = new HashSet<>();
    for (Field item : items()) {
      String id = identity.apply(item);
      if (!id.isEmpty() && !seen.add(id)) {
        blamed.apply(item).duplicate();
      }
    }
  }

  /// As `unique`, by the text of a field.
  void uniqueBy(String name) {
    unique(item -> item.at(name).text(), item -> item.at(name));
  }
}
