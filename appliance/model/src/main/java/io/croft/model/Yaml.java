package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Reads YAML 1.2 (core schema) from strangers into the trees that {@link Json} makes, within the
/// same limits: one document, no tags of its own, aliases copied and counted as often as they are
/// used. Thread-safe.
public final class Yaml {
  /// Longer than any body that is accepted.
  private static final int MAX_CODE_POINTS = Json.MAX_STRING_LENGTH;

  private static final ScalarResolver RESOLVER = new CoreSchema().getScalarResolver();

  private final Iterator<Event> events;
  private final Map<Anchor, JsonNode> anchors = new HashMap<>();
  private int tokens;

  private Yaml(Iterator<Event> events) {
    this.events = events;
  }

  /// @throws MalformedYamlException when the bytes are not one YAML document, or beyond a limit
  public static JsonNode parse(byte[] yaml) throws MalformedYamlException {
    if (startsLikeJson(yaml)) {
      try {
        return Json.parse(yaml); // which is much faster, and what most clients send
      } catch (MalformedJsonException e) {
        // YAML has the same brackets
      }
    }
    var settings = LoadSettings.builder().setCodePointLimit(MAX_CODE_POINTS).build();
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString();
      return new Yaml(new Parse(settings).parseString(text).iterator()).document();
    } catch (CharacterCodingException e) {
      throw new MalformedYamlException("not UTF-8 text");
    } catch (MarkedYamlEngineException e) {
      throw malformed(e.getProblemMark(), "malformed YAML");
    } catch (YamlEngineException e) {
      throw new MalformedYamlException("malformed YAML");
    }
  }

  private static boolean startsLikeJson(byte[] text) {
    for (byte b : text) {
      if (!Character.isWhitespace(b)) {
        return b == '{' || b == '[';
      }
    }
    return false;
  }

  private JsonNode document() throws MalformedYamlException {
    JsonNode value = NullNode.getInstance();
    int documents = 0;
    while (events.hasNext()) {
      Event event = events.next();
      if (event.getEventId() == Event.ID.DocumentStart) {
        if (++documents > 1) {
          throw malformed(event.getStartMark(), "there is more than one document");
        }
        value = value(events.next(), 0);
      }
    }
    return value;
  }

  private JsonNode value(Event event, int depth) throws MalformedYamlException {
    if (depth > Json.MAX_DEPTH) {
      throw malformed(event.getStartMark(), "nested deeper than " + Json.MAX_DEPTH + " levels");
    }
    count(event, 1);
    JsonNode value =
        switch (event) {
          case MappingStartEvent mapping -> mapping(depth);
          case SequenceStartEvent sequence -> sequence(depth);
          case ScalarEvent scalar -> scalar(scalar);
          case AliasEvent alias -> alias(alias, depth);
          default -> throw malformed(event.getStartMark(), "malformed YAML");
        };
    Optional<Anchor> anchor =
        event instanceof NodeEvent node && !(event instanceof AliasEvent)
            ? node.getAnchor()
            : Optional.empty();
    anchor.ifPresent(name -> anchors.put(name, value));
    return value;
  }

  private void count(Event event, int more) throws MalformedYamlException {
    tokens += more;
    if (tokens > Json.MAX_TOKENS) {
      throw malformed(event.getStartMark(), "more than " + Json.MAX_TOKENS + " keys and values");
    }
  }

  private ObjectNode mapping(int depth) throws MalformedYamlException {
    ObjectNode object = Json.object();
    while (true) {
      Event event = events.next();
      if (event.getEventId() == Event.ID.MappingEnd) {
        return object;
      }
      if (!(event instanceof ScalarEvent key)) {
        throw malformed(event.getStartMark(), "a key is not a plain name");
      }
      if (key.getValue().length() > Json.MAX_NAME_LENGTH) {
        throw malformed(
            event.getStartMark(), "a key has more than " + Json.MAX_NAME_LENGTH + " characters");
      }
      JsonNode value = value(events.next(), depth + 1);
      if (object.putIfAbsent(key.getValue(), value) != null) {
        throw malformed(event.getStartMark(), "a key occurs twice in one mapping");
      }
    }
  }

  private ArrayNode sequence(int depth) throws MalformedYamlException {
    ArrayNode array = Json.array();
    while (true) {
      Event event = events.next();
      if (event.getEventId() == Event.ID.SequenceEnd) {
        return array;
      }
      array.add(value(event, depth + 1));
    }
  }

  private JsonNode alias(AliasEvent alias, int depth) throws MalformedYamlException {
    JsonNode value = anchors.get(alias.getAlias());
    if (value == null) {
      throw malformed(alias.getStartMark(), "an alias stands for nothing");
    }
    countAll(alias, value, depth);
    return value.deepCopy();
  }

  private void countAll(Event event, JsonNode value, int depth) throws MalformedYamlException {
    if (depth > Json.MAX_DEPTH) {
      throw malformed(event.getStartMark(), "nested deeper than " + Json.MAX_DEPTH + " levels");
    }
    count(event, value.size());
    for (JsonNode part : value) {
      countAll(event, part, depth + 1);
    }
  }

  private static JsonNode scalar(ScalarEvent scalar) throws MalformedYamlException {
    String text = scalar.getValue();
    boolean plain = scalar.getImplicit().canOmitTagInPlainScalar() && scalar.isPlain();
    Tag tag =
        scalar.getTag().isPresent()
            ? new Tag(scalar.getTag().get())
            : RESOLVER.resolve(text, plain);
    if (tag.equals(Tag.NULL)) {
      return NullNode.getInstance();
    } else if (tag.equals(Tag.BOOL)) {
      return BooleanNode.valueOf(text.equalsIgnoreCase("true"));
    } else if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
      return number(scalar, text);
    } else if (tag.equals(Tag.STR)) {
      return TextNode.valueOf(text);
    }
    throw malformed(scalar.getStartMark(), "a value has a tag that is not known");
  }

  private static JsonNode number(ScalarEvent scalar, String text) throws MalformedYamlException {
    if (text.length() > Json.MAX_NUMBER_LENGTH) {
      throw malformed(
          scalar.getStartMark(), "a number has more than " + Json.MAX_NUMBER_LENGTH + " digits");
    }
    String digits = text.startsWith("+") ? text.substring(1) : text;
    try {
      if (digits.startsWith("0x")) {
        return Json.number(new BigInteger(digits.substring(2), 16));
      } else if (digits.startsWith("0o")) {
        return Json.number(new BigInteger(digits.substring(2), 8));
      }
      return digits.matches("-?[0-9]+")
          ? Json.number(new BigInteger(digits))
          : Json.mapper().getNodeFactory().numberNode(new BigDecimal(digits));
    } catch (ArithmeticException | NumberFormatException e) {
      throw malformed(scalar.getStartMark(), "a number is out of range");
    }
  }

  private static MalformedYamlException malformed(Optional<Mark> mark, String what) {
    String place =
        mark.map(m -> "line " + (m.getLine() + 1) + ", column " + (m.getColumn() + 1) + ": ")
            .orElse("");
    return new MalformedYamlException(place + what);
  }
}
