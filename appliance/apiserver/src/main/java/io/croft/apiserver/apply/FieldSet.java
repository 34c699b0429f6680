package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.apply.PathElement.Field;
import io.croft.model.Json;
import io.croft.model.schema.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A set of the fields of an object: a tree of path elements, in which a part may be a member
/// without what is around it, and the other way round. Reads and writes `FieldsV1`. Immutable.
public final class FieldSet {
  public static final FieldSet EMPTY = new FieldSet(List.of());

  /// The member itself, among what it contains.
  private static final String SELF = ".";

  /// What the set says of one part.
  ///
  /// @param member whether the part itself is in the set
  /// @param below what of its parts is; a node that is neither member nor has any is left out
  private record Node(PathElement element, boolean member, FieldSet below) {}

  private enum Operation {
    UNION,
    INTERSECTION,
    DIFFERENCE,
    /// As the difference, but what is taken away goes with all its parts.
    DEEP_DIFFERENCE
  }

  /// In order.
  private final List<Node> nodes;

  private FieldSet(List<Node> nodes) {
    this.nodes = nodes;
  }

  public boolean isEmpty() {
    return nodes.isEmpty();
  }

  public FieldSet union(FieldSet other) {
    return combine(other, Operation.UNION);
  }

  public FieldSet intersection(FieldSet other) {
    return combine(other, Operation.INTERSECTION);
  }

  /// Without the members of the other set; their parts stay. Returns this set itself when nothing
  /// is taken away.
  public FieldSet minus(FieldSet other) {
    return combine(other, Operation.DIFFERENCE);
  }

  /// Without the members of the other set and all their parts.
  public FieldSet minusDeep(FieldSet other) {
    return combine(other, Operation.DEEP_DIFFERENCE);
  }

  private FieldSet combine(FieldSet other, Operation operation) {
    if (other.isEmpty()) {
      return operation == Operation.INTERSECTION ? EMPTY : this;
    }
    if (isEmpty()) {
      return operation == Operation.UNION ? other : this;
    }
    var result = new ArrayList<Node>(nodes.size());
    boolean same = true;
    int i = 0;
    int j = 0;
    while (i < nodes.size() || j < other.nodes.size()) {
      int order = order(i, other, j);
      if (order < 0) {
        if (operation == Operation.INTERSECTION) {
          same = false;
        } else {
          result.add(nodes.get(i));
        }
        i++;
      } else if (order > 0) {
        if (operation == Operation.UNION) {
          result.add(other.nodes.get(j));
          same = false;
        }
        j++;
      } else {
        Node mine = nodes.get(i++);
        Node node = combine(mine, other.nodes.get(j++), operation);
        same &= identical(node, mine);
        if (node != null) {
          result.add(node);
        }
      }
    }
    return same ? this : of(result);
  }

  /// Which of two positions comes first; a position behind the end comes last.
  private int order(int i, FieldSet other, int j) {
    if (i == nodes.size()) {
      return 1;
    }
    return j == other.nodes.size()
        ? -1
        : nodes.get(i).element.compareTo(other.nodes.get(j).element);
  }

  private static @Nullable Node combine(Node a, Node b, Operation operation) {
    boolean member =
        switch (operation) {
          case UNION -> a.member || b.member;
          case INTERSECTION -> a.member && b.member;
          case DIFFERENCE, DEEP_DIFFERENCE -> a.member && !b.member;
        };
    FieldSet below =
        operation == Operation.DEEP_DIFFERENCE && b.member
            ? EMPTY
            : a.below.combine(b.below, operation);
    if (member == a.member && identical(below, a.below)) {
      return a;
    }
    return member || !below.isEmpty() ? new Node(a.element, member, below) : null;
  }

  /// Whether nothing was made anew; much cheaper than to compare what is in it.
  @SuppressWarnings("ReferenceEquality") // is what it is for
  static boolean identical(@Nullable Object a, @Nullable Object b) {
    return a == b;
  }

  private static FieldSet of(List<Node> nodes) {
    return nodes.isEmpty() ? EMPTY : new FieldSet(nodes);
  }

  private @Nullable Node find(PathElement element) {
    int low = 0;
    int high = nodes.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = nodes.get(middle).element.compareTo(element);
      if (order == 0) {
        return nodes.get(middle);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  /// Whether the part at one step from here is a member.
  boolean has(PathElement element) {
    Node node = find(element);
    return node != null && node.member;
  }

  /// What the set says of the parts of the part at one step from here.
  FieldSet below(PathElement element) {
    Node node = find(element);
    return node == null ? EMPTY : node.below;
  }

  /// Every member; those of one level before what they contain.
  void forEach(Consumer<FieldPath> action) {
    forEach(null, action);
  }

  private void forEach(@Nullable FieldPath at, Consumer<FieldPath> action) {
    for (Node node : nodes) {
      if (node.member) {
        action.accept(new FieldPath(at, node.element));
      }
    }
    for (Node node : nodes) {
      node.below.forEach(new FieldPath(at, node.element), action);
    }
  }

  /// With every field that the schema names and of which a part is a member as a member, too: who
  /// owns a part of a structure owns the structure.
  FieldSet withNamedFields(@Nullable Topology topology) {
    var result = new ArrayList<Node>(nodes.size());
    boolean same = true;
    for (Node node : nodes) {
      boolean named =
          node.element instanceof Field field && topology != null && topology.names(field.name());
      FieldSet below = node.below.withNamedFields(next(topology, node.element));
      boolean member = node.member || (named && !node.below.isEmpty());
      boolean unchanged = member == node.member && identical(below, node.below);
      same &= unchanged;
      result.add(unchanged ? node : new Node(node.element, member, below));
    }
    return same ? this : new FieldSet(result);
  }

  private static @Nullable Topology next(@Nullable Topology topology, PathElement element) {
    if (topology == null) {
      return null;
    }
    return switch (element) {
      case Field field -> topology.field(field.name());
      case PathElement.Key key -> topology.item();
      case PathElement.Item item -> null;
      case PathElement.Index index -> null;
    };
  }

  /// What the set says since the schema has changed: parts of a value that has become atomic stand
  /// for the whole of it.
  FieldSet reconciled(Topology topology) {
    var result = new ArrayList<Node>(nodes.size());
    boolean same = true;
    for (Node node : nodes) {
      Topology part = node.below.isEmpty() ? null : next(topology, node.element);
      Node reconciled = part == null ? node : reconciled(node, part);
      same &= identical(reconciled, node);
      result.add(reconciled);
    }
    return same ? this : new FieldSet(result);
  }

  private static Node reconciled(Node node, Topology part) {
    boolean list = !(node.below.nodes.getFirst().element instanceof Field);
    if (list ? part.isAtomicList() : part.isAtomicObject()) {
      return new Node(node.element, true, EMPTY);
    }
    FieldSet below = node.below.reconciled(part);
    return identical(below, node.below) ? node : new Node(node.element, node.member, below);
  }

  /// `FieldsV1`.
  ObjectNode toJson() {
    ObjectNode json = Json.object();
    writeTo(json);
    return json;
  }

  private void writeTo(ObjectNode json) {
    for (Node node : nodes) {
      ObjectNode inner = json.putObject(node.element.text());
      if (node.member && !node.below.isEmpty()) {
        inner.putObject(SELF);
      }
      node.below.writeTo(inner);
    }
  }

  /// Reads `FieldsV1`. Parts of a kind that is not known yet are left out.
  ///
  /// @throws IllegalArgumentException when it is malformed
  static FieldSet parse(JsonNode fieldsV1) {
    if (!(fieldsV1 instanceof ObjectNode object)) {
      throw new IllegalArgumentException("fieldsV1 must consist of objects");
    }
    var builder = new Builder();
    builder.read(object);
    return builder.build();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FieldSet set && nodes.equals(set.nodes);
  }

  @Override
  public int hashCode() {
    return nodes.hashCode();
  }

  /// The paths of all members, for people.
  @Override
  public String toString() {
    var paths = new ArrayList<String>();
    forEach(path -> paths.add(path.toString()));
    return paths.toString();
  }

  /// Collects members.
  static final class Builder {
    private final TreeMap<PathElement, Builder> parts = new TreeMap<>();
    private boolean member;

    /// @param path null, which stands for the object itself, adds nothing: nobody owns it as a
    ///   whole
    void add(@Nullable FieldPath path) {
      if (path != null) {
        at(path).member = true;
      }
    }

    private Builder at(FieldPath path) {
      FieldPath parent = path.parent();
      return (parent == null ? this : at(parent)).part(path.element());
    }

    private Builder part(PathElement element) {
      return parts.computeIfAbsent(element, _ -> new Builder());
    }

    private void read(ObjectNode json) {
      for (Map.Entry<String, JsonNode> entry : json.properties()) {
        if (entry.getKey().equals(SELF)) {
          continue;
        }
        if (!(entry.getValue() instanceof ObjectNode inner)) {
          throw new IllegalArgumentException("fieldsV1 must consist of objects");
        }
        PathElement.parse(entry.getKey())
            .ifPresent(element -> {
              Builder part = part(element);
              part.read(inner);
              part.member |= part.parts.isEmpty() || inner.has(SELF);
            });
      }
    }

    FieldSet build() {
      var nodes = new Node[parts.size()];
      int size = 0;
      for (var part : parts.entrySet()) {
        FieldSet below = part.getValue().build();
        if (part.getValue().member || !below.isEmpty()) {
          nodes[size++] = new Node(part.getKey(), part.getValue().member, below);
        }
      }
      return of(Arrays.asList(size == nodes.length ? nodes : Arrays.copyOf(nodes, size)));
    }
  }
}
