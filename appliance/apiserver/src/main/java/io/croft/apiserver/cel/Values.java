package io.croft.apiserver.cel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import io.croft.model.Json;
import io.croft.security.Authorizer;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Between JSON trees and the values of expressions. Trees are looked at, not copied; they must not
/// change meanwhile.
public final class Values {
  private Values() {}

  /// Nothing, as a value.
  public static Object none() {
    return NullValue.NULL_VALUE;
  }

  /// An optional that holds a value.
  public static Object some(Object value) {
    return Optional.of(value);
  }

  /// An optional that holds none.
  public static Object absent() {
    return Optional.empty();
  }

  /// Something that can be asked what a user may do.
  public static Object authorizer(Authorizer authorizer, UserInfo user) {
    return new AuthorizerValue(authorizer, user);
  }

  /// The same about the resource that a request is about.
  public static Object resourceCheck(Authorizer authorizer, UserInfo user, RequestInfo about) {
    return new AuthorizerValue.ResourceCheck(
        new AuthorizerValue(authorizer, user),
        about.group(),
        about.plural(),
        about.subresource(),
        about.namespace(),
        about.name());
  }

  public static Object of(JsonNode node) {
    return of(node, RuleSchema.ANY);
  }

  public static Object of(JsonNode node, RuleSchema schema) {
    return switch (node) {
      case ObjectNode object -> new JsonMap(object, schema);
      case ArrayNode array -> new JsonList(array, schema);
      default -> schema.scalar(node);
    };
  }

  static Object plain(JsonNode node) {
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    }
    return node.isNumber() ? (Object) node.doubleValue() : NullValue.NULL_VALUE;
  }

  /// A value as a tree, which shares what it can with the trees that values were made from, and
  /// pays for the rest: one value may stand in many places.
  ///
  /// @throws CelException for one that JSON does not know
  static JsonNode toJson(Object value, Meter meter) {
    meter.pay(1);
    return switch (value) {
      case NullValue n -> NullNode.getInstance();
      case Boolean b -> BooleanNode.valueOf(b);
      case Long l -> LongNode.valueOf(l);
      case UnsignedLong u when u.longValue() >= 0 -> LongNode.valueOf(u.longValue());
      case Double d when !d.isNaN() && !d.isInfinite() -> DoubleNode.valueOf(d);
      case String s -> TextNode.valueOf(s);
      case CelByteString b -> {
        meter.payText(b.size());
        yield TextNode.valueOf(Base64.getEncoder().encodeToString(b.toByteArray()));
      }
      case Instant i -> TextNode.valueOf(Texts.of(i));
      case Duration d -> TextNode.valueOf(Texts.of(d));
      case JsonMap map -> map.node();
      case JsonList list -> list.node();
      case List<?> list -> {
        ArrayNode array = Json.array();
        list.forEach(item -> array.add(toJson(item, meter)));
        yield array;
      }
      case Map<?, ?> map -> {
        ObjectNode object = Json.object();
        map.forEach((key, member) -> object.set(String.valueOf(key), toJson(member, meter)));
        yield object;
      }
      default -> throw new CelException("type " + Types.nameOf(value) + " is not known to JSON");
    };
  }
}
