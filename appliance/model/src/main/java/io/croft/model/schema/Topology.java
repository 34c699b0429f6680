package io.croft.model.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which parts of a value have owners of their own: how its lists and maps merge when several
/// clients each apply the fields that they care about. What is known of one place in an object; its
/// parts are looked up as they are needed. Immutable and thread-safe.
///
/// Follows `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and `x-kubernetes-map-type`.
/// Objects are granular and lists atomic where the schema does not say. What no schema describes is
/// granular as far as it consists of objects.
public final class Topology {
  /// How a value is made up.
  public enum Shape {
    /// Owned as a whole: a scalar, or an atomic list or map.
    LEAF,
    /// An object, each field owned by itself.
    FIELDS,
    /// A list whose items are told apart by some of their fields.
    KEYED_ITEMS,
    /// A list of scalars, each owned by itself.
    SET_ITEMS,
    /// Owned by nobody: the record of owners itself.
    UNOWNED
  }

  private static final Topology UNDESCRIBED = new Topology(null, true, false, Shape.FIELDS);
  private static final Topology UNOWNED = new Topology(null, false, false, Shape.UNOWNED);
  private static final Topology METADATA =
      new Topology(ObjectMetaSchema.NODE, false, false, Shape.FIELDS);

  /// Of `apiVersion` and `kind`.
  private static final Topology TEXT = new Topology(null, true, false, Shape.LEAF);

  private final @Nullable SchemaNode node;
  private final boolean open;
  private final boolean resource;
  private final Shape ofObjects;

  /// @param node null where no schema describes the value
  /// @param open whether fields that the schema does not name are kept
  /// @param resource whether this is an object of the API, with metadata
  /// @param ofObjects how an object is made up that stands here
  private Topology(@Nullable SchemaNode node, boolean open, boolean resource, Shape ofObjects) {
    this.node = node;
    this.open = open;
    this.resource = resource;
    this.ofObjects = ofObjects;
  }

  static Topology ofResource(SchemaNode node) {
    return of(node, false, true);
  }

  private static Topology of(SchemaNode node, boolean open, boolean resource) {
    boolean atomic = node.extensions().mapType().equals("atomic");
    return new Topology(
        node,
        open || node.extensions().preserveUnknownFields(),
        resource || node.extensions().embeddedResource(),
        atomic ? Shape.LEAF : Shape.FIELDS);
  }

  /// How a value is made up that stands here.
  public Shape shape(JsonNode value) {
    if (ofObjects == Shape.UNOWNED) {
      return Shape.UNOWNED;
    }
    return switch (value) {
      case ObjectNode object -> takes("object") ? ofObjects : Shape.LEAF;
      case ArrayNode list -> takes("array") ? ofLists() : Shape.LEAF;
      default -> Shape.LEAF;
    };
  }

  private Shape ofLists() {
    String type = node == null ? "" : node.extensions().listType();
    return switch (type) {
      case "map" -> Shape.KEYED_ITEMS;
      case "set" -> Shape.SET_ITEMS;
      default -> Shape.LEAF;
    };
  }

  /// Whether the schema makes an object that stands here atomic.
  public boolean isAtomicObject() {
    return node != null && ofObjects == Shape.LEAF && takes("object");
  }

  /// Whether the schema wants a list here, and makes it atomic.
  public boolean isAtomicList() {
    return node != null && node.types().contains("array") && ofLists() == Shape.LEAF;
  }

  /// The fields that tell the items of a keyed list apart.
  public List<String> keys() {
    return node == null ? List.of() : node.extensions().listMapKeys();
  }

  /// The value of a key that an item of a keyed list leaves out; null when there is none.
  public @Nullable JsonNode keyDefault(String key) {
    SchemaNode item = node == null ? null : node.item();
    LazySchema property = item == null ? null : item.properties().get(key);
    return property == null ? null : property.get().defaultValue();
  }

  /// The topology of a list's items.
  public Topology item() {
    SchemaNode item = node == null ? null : node.item();
    return item == null ? UNDESCRIBED : of(item, open, false);
  }

  /// The topology of a field; null when there is no such field. Of what is no object, anything.
  public @Nullable Topology field(String name) {
    if (resource && name.equals("metadata")) {
      return METADATA;
    }
    if (resource && isTypeName(name)) {
      return TEXT;
    }
    if (node == null) {
      return UNDESCRIBED;
    }
    if (this == METADATA && name.equals("managedFields")) {
      return UNOWNED;
    }
    SchemaNode known = node.property(name);
    if (known != null) {
      return of(known, open, false);
    }
    return keepsUnknown(node) ? UNDESCRIBED : null;
  }

  private boolean keepsUnknown(SchemaNode schema) {
    Boolean allowed = schema.additionalAllowed();
    return allowed == null ? open || schema.properties().isEmpty() : allowed;
  }

  /// Whether the schema names the field, rather than describing all fields alike.
  public boolean names(String name) {
    if (resource && (name.equals("metadata") || isTypeName(name))) {
      return true;
    }
    return node != null && node.properties().containsKey(name);
  }

  private static boolean isTypeName(String name) {
    return name.equals("apiVersion") || name.equals("kind");
  }

  /// Whether the field counts as there, empty, when it is left out: a structure in the Go type of a
  /// built-in kind that is no pointer, which its schema tells by an empty default.
  public boolean isAlwaysThere(String name) {
    if (resource && name.equals("metadata")) {
      return true;
    }
    LazySchema property = node == null ? null : node.properties().get(name);
    return property != null
        && property.get().dialect() == Dialect.OPEN_API
        && property.get().defaultValue() instanceof ObjectNode empty
        && empty.isEmpty();
  }

  private boolean takes(String type) {
    return node == null || node.types().isEmpty() || node.types().contains(type);
  }
}
