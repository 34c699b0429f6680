package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.patch.PatchSchema;
import io.croft.model.schema.StructuralSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The OpenAPI schemas of the built-in kinds, as the build has read them off the official client's
/// models.
public final class Definitions {
  /// Where definitions refer to each other.
  public static final String REF = "#/components/schemas/";

  private final ObjectNode byName;

  private Definitions(ObjectNode byName) {
    this.byName = byName;
  }

  public static Definitions load() {
    return new Definitions((ObjectNode) resource("schemas.json").get("definitions"));
  }

  /// A file that the build has made.
  static ObjectNode resource(String name) {
    try (InputStream in = Definitions.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the module");
      }
      return Json.parseObject(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedJsonException e) {
      throw new IllegalStateException(name + " is damaged", e);
    }
  }

  /// All of them, by name; not to be changed.
  public ObjectNode all() {
    return byName;
  }

  /// @param name for example `io.k8s.api.core.v1.ConfigMap`
  public JsonNode get(String name) {
    JsonNode schema = byName.get(name);
    if (schema == null) {
      throw new IllegalArgumentException("no built-in definition is named " + name);
    }
    return schema;
  }

  public StructuralSchema schema(String name) {
    return StructuralSchema.parse(get(name), this::resolve);
  }

  public PatchSchema patches(String name) {
    return PatchSchema.of(get(name), this::resolve);
  }

  private JsonNode resolve(String ref) {
    return get(ref.startsWith(REF) ? ref.substring(REF.length()) : ref);
  }
}
