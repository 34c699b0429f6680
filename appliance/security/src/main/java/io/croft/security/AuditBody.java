package io.croft.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The body of a request or of an answer, for the record. It is kept as it came, and read only when
/// the event is written; what looks like a secret is masked then, whatever the policy says.
public final class AuditBody {
  /// The longest that is recorded.
  static final int MAX_BYTES = 64 << 10;

  private static final String MASK = "***";

  /// Fields whose texts are secrets wherever they stand.
  private static final Set<String> SECRET_FIELDS =
      Set.of(
          "token",
          "bearertoken",
          "accesstoken",
          "refreshtoken",
          "idtoken",
          "password",
          "passwd",
          "passphrase",
          "clientsecret",
          "secretkey",
          "secretaccesskey",
          "privatekey",
          "privatekeydata",
          "apikey",
          "apitoken",
          "authorization",
          "credential",
          "credentials");

  /// Names of settings whose values are secrets.
  private static final Pattern SECRET_NAME =
      Pattern.compile(
          "(?i)passw|passphrase|secret|token|api[-_.]?key|private[-_.]?key|access[-_.]?key|credential|authorization");

  /// What an object was when it was last applied, which may be a Secret.
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  /// Whose bodies are secrets as a whole.
  private static final Set<String> SECRET_RESOURCES =
      Set.of("/secrets", "authentication.k8s.io/tokenreviews", "/serviceaccounts/token");

  private final byte[] bytes;
  private final boolean withoutManagedFields;

  AuditBody(byte[] bytes, boolean withoutManagedFields) {
    this.bytes = bytes;
    this.withoutManagedFields = withoutManagedFields;
  }

  /// Whether the bodies of requests for a resource may be recorded at all.
  static boolean mayRecord(@Nullable RequestInfo info) {
    if (info == null || !info.resource()) {
      return false; // what is behind a path that is no resource's is not known
    }
    String sub = info.subresource().isEmpty() ? "" : "/" + info.subresource();
    return !SECRET_RESOURCES.contains(info.group() + "/" + info.plural())
        && !SECRET_RESOURCES.contains(info.group() + "/" + info.plural() + sub);
  }

  int length() {
    return bytes.length;
  }

  /// Null when it is not JSON.
  @Nullable JsonNode toJson() {
    try {
      return cleaned(Json.parse(bytes), false);
    } catch (MalformedJsonException e) {
      return null;
    }
  }

  /// A copy of an object, or of a list, in which what looks like a secret is masked.
  public static JsonNode withoutSecrets(JsonNode value) {
    return new AuditBody(new byte[0], true).cleaned(value, false);
  }

  private JsonNode cleaned(JsonNode value, boolean inSecret) {
    return switch (value) {
      case ObjectNode object when isPatchOfSecret(object) -> masked(object);
      case ObjectNode object when isNamedSecret(object) -> masked(object);
      case ObjectNode object -> cleaned(object, inSecret);
      case ArrayNode array -> {
        ArrayNode list = Json.array();
        array.forEach(item -> list.add(cleaned(item, inSecret)));
        yield list;
      }
      default -> value;
    };
  }

  private ObjectNode cleaned(ObjectNode object, boolean inSecret) {
    boolean secret =
        inSecret
            || object.path("kind").asText("").startsWith("Secret")
            || object.path("kind").asText("").equals("TokenReview");
    ObjectNode kept = Json.object();
    for (var field : object.properties()) {
      String name = field.getKey();
      if (withoutManagedFields && name.equals("managedFields")) {
        continue;
      }
      kept.set(name, isSecret(name, secret) ? MASKED : cleaned(field.getValue(), secret));
    }
    return kept;
  }

  /// An operation of a JSON patch (RFC 6902) at a place where a secret stands, or above one.
  private static boolean isPatchOfSecret(ObjectNode object) {
    if (!object.path("op").isTextual() || !object.path("path").isTextual()) {
      return false;
    }
    for (String segment : object.path("path").textValue().split("/")) {
      String name = segment.replace("~1", "/").replace("~0", "~");
      if (isSecret(name, false)) {
        return true;
      }
    }
    return false;
  }

  /// A name with its value, as environments of containers and lists of settings have them, where
  /// the name says what the value is.
  private static boolean isNamedSecret(ObjectNode object) {
    return object.path("name").isTextual()
        && object.path("value").isTextual()
        && SECRET_NAME.matcher(object.path("name").textValue()).find();
  }

  private static ObjectNode masked(ObjectNode object) {
    ObjectNode kept = object.deepCopy();
    if (kept.has("value")) {
      kept.set("value", MASKED);
    }
    return kept;
  }

  private static final JsonNode MASKED = TextNode.valueOf(MASK);

  private static boolean isSecret(String name, boolean inSecret) {
    String plain = name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    return SECRET_FIELDS.contains(plain)
        || name.equals(LAST_APPLIED)
        || (inSecret && (name.equals("data") || name.equals("stringData")));
  }
}
