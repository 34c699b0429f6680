package io.croft.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.TreeMap;

/// The one way in which JSON is read and written. Trees only: no class is ever bound by reflection.
///
/// Reading refuses duplicate keys, anything after the first value, and input beyond the limits
/// below. Errors never repeat what the document holds: it may be a secret. Integers stay integers
/// of any size and decimals keep every digit, so that what was written is what is read back.
/// Thread-safe.
public final class Json {
  /// Deepest nesting of objects and arrays. Real objects stay below 50; code that walks a tree
  /// recursively relies on this bound to get by with a stack of 512 KiB.
  public static final int MAX_DEPTH = 128;

  /// Most tokens of a document from outside: each key, each scalar, each bracket and brace. A tree
  /// takes many times the memory of its text, `[[],[],…` most of all.
  public static final int MAX_TOKENS = 500_000;

  /// Most tokens of a document that the appliance itself wrote.
  private static final int MAX_OWN_TOKENS = 20_000_000;

  /// How much deeper a stored object may stand in what is sent about it: in a list, in an event.
  private static final int ENVELOPE_DEPTH = 8;

  /// Longest number, in digits.
  public static final int MAX_NUMBER_LENGTH = 400;

  /// Largest power of ten, up and down. Comparing or dividing `1e999999999` exactly would take all
  /// memory; no double reaches as far.
  public static final int MAX_EXPONENT = 400;

  /// Longest string, in characters; the size of a request is bounded well below it.
  public static final int MAX_STRING_LENGTH = 16 << 20;

  /// Longest key, in characters.
  public static final int MAX_NAME_LENGTH = 64 << 10;

  private static final ObjectMapper MAPPER = newMapper(MAX_DEPTH, MAX_TOKENS);
  private static final ObjectMapper OWN = newMapper(MAX_DEPTH + ENVELOPE_DEPTH, MAX_OWN_TOKENS);
  private static final ObjectReader OWN_PARTS =
      OWN.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Comparator<JsonNode> BY_MEANING = Json::compare;

  private Json() {}

  private static ObjectMapper newMapper(int maxDepth, int maxTokens) {
    var limits =
        StreamReadConstraints.builder()
            .maxNestingDepth(maxDepth)
            .maxTokenCount(maxTokens)
            .maxNumberLength(MAX_NUMBER_LENGTH)
            .maxStringLength(MAX_STRING_LENGTH)
            .maxNameLength(MAX_NAME_LENGTH)
            .build();
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(limits)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    return JsonMapper.builder(factory)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .nodeFactory(new BoundedNumbers())
        .build();
  }

  /// Reads a JSON object that the appliance itself wrote or ships: a stored object, a list, an
  /// event. A list may have more tokens, and nest a little deeper, than the objects from outside
  /// which it is made of, and an object may have grown by what the server adds.
  ///
  /// @throws MalformedJsonException when the bytes are not JSON, or not an object
  public static ObjectNode parseObject(byte[] json) throws MalformedJsonException {
    if (read(OWN, json) instanceof ObjectNode object) {
      return object;
    }
    throw new MalformedJsonException("expected a JSON object");
  }

  /// Reads any JSON value, from wherever it comes.
  ///
  /// @throws MalformedJsonException when the bytes are not one JSON value, or beyond a limit
  public static JsonNode parse(byte[] json) throws MalformedJsonException {
    return read(MAPPER, json);
  }

  private static JsonNode read(ObjectMapper mapper, byte[] json) throws MalformedJsonException {
    JsonNode value = parsing(() -> mapper.readTree(json));
    if (value.isMissingNode()) {
      throw new MalformedJsonException("expected a JSON value, found none");
    }
    return value;
  }

  /// Any JSON value that the appliance itself wrote.
  static JsonNode parseOwn(byte[] json) throws MalformedJsonException {
    return read(OWN, json);
  }

  /// For what the appliance itself wrote.
  static JsonParser ownParser(byte[] json) throws IOException {
    return OWN.createParser(json);
  }

  /// The value at which a parser of {@link #ownParser} stands.
  static JsonNode ownTree(JsonParser parser) throws IOException {
    return OWN_PARTS.readTree(parser);
  }

  /// Some reading.
  @FunctionalInterface
  interface Reading<T> {
    T read() throws IOException, MalformedJsonException;
  }

  /// Carries out some reading, whose errors become such as do not repeat what was read.
  static <T> T parsing(Reading<T> reading) throws MalformedJsonException {
    try {
      return reading.read();
    } catch (JsonProcessingException e) {
      throw MalformedJsonException.of(e);
    } catch (NumberTooLargeException e) {
      throw new MalformedJsonException("a number is out of range");
    } catch (IOException e) {
      throw new MalformedJsonException("malformed JSON");
    }
  }

  /// The value as compact UTF-8.
  public static byte[] bytes(JsonNode value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The value as compact text.
  public static String text(JsonNode value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Whether two values mean the same: 1, 1.0 and 1e0 are the same number, and so are an `int` and
  /// a `long` 1, which `equals` takes for different. The order of keys does not count.
  public static boolean same(JsonNode a, JsonNode b) {
    return a.equals(BY_MEANING, b);
  }

  private static int compare(JsonNode a, JsonNode b) {
    boolean same =
        (a.isNumber() && b.isNumber())
            ? a.decimalValue().compareTo(b.decimalValue()) == 0
            : a.equals(b);
    return same ? 0 : 1;
  }

  /// Text that is the same for values that mean the same, as {@link #same} compares them: for keys
  /// of maps. It is not JSON.
  public static String canonical(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        var sorted = new TreeMap<String, String>();
        object
            .properties()
            .forEach(f -> sorted.put(Quoted.text(f.getKey()), canonical(f.getValue())));
        yield sorted.toString();
      }
      case ArrayNode array -> {
        var items = new ArrayList<String>();
        array.forEach(item -> items.add(canonical(item)));
        yield items.toString();
      }
      case JsonNode number when number.isNumber() ->
          number.decimalValue().stripTrailingZeros().toString();
      default -> text(value);
    };
  }

  /// The integer as it would have been read, so that `equals` holds between the two.
  public static JsonNode number(long value) {
    return (int) value == value
        ? MAPPER.getNodeFactory().numberNode((int) value)
        : MAPPER.getNodeFactory().numberNode(value);
  }

  /// The integer as it would have been read.
  static JsonNode number(BigInteger value) {
    return value.bitLength() < Long.SIZE
        ? number(value.longValue())
        : MAPPER.getNodeFactory().numberNode(value);
  }

  /// A new, empty object.
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /// A new, empty array.
  public static ArrayNode array() {
    return MAPPER.createArrayNode();
  }

  /// The mapper itself, for streaming and for other encodings of the same trees. Do not reconfigure
  /// it.
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  private static final class BoundedNumbers extends JsonNodeFactory {
    @Override
    public ValueNode numberNode(BigDecimal value) {
      long exponent = (long) value.precision() - value.scale() - 1;
      if (Math.abs(exponent) > MAX_EXPONENT) {
        throw new NumberTooLargeException();
      }
      return super.numberNode(value);
    }
  }

  private static final class NumberTooLargeException extends ArithmeticException {
    NumberTooLargeException() {
      super("a number is out of range");
    }
  }
}
