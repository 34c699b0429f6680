package io.croft.apiserver.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.apply.RandomType.Field;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StatusCause;
import io.croft.model.StatusException;
import io.croft.model.schema.StructuralSchema;
import io.croft.model.schema.Topology;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Holds server-side apply against the merge rules as docs/server-side-apply.md states them, in a
/// model that knows objects as sets of paths only: random types, objects, clients and writes.
/// `-Dcroft.apply.runs=N` for more than a few.
final class MergeRulesTest {
  private static final int RUNS = Integer.getInteger("croft.apply.runs", 40);
  private static final int STEPS = 25;

  @Test
  void followsTheRulesWhateverClientsDo() {
    for (int seed = 0; seed < RUNS; seed++) {
      var run = new Run(seed);
      for (int step = 0; step < STEPS; step++) {
        run.step();
      }
    }
  }

  /// One object's life, in the code that is tested and in the model beside it.
  private static final class Run {
    private final int seed;
    private final Random random;
    private final RandomType.Struct type;
    private final Topology topology;
    private ObjectNode object = Json.object();
    private ManagedFields owners = ManagedFields.NONE;
    private Map<String, Field> live = new TreeMap<>();
    private Map<String, Set<String>> model = new TreeMap<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Set<String> unowned = new HashSet<>();
    private String what = "";

    Run(int seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.type = RandomType.struct(random, 3);
      ObjectNode schema = Json.object().put("type", "object");
      schema.putObject("properties").set("spec", type.schema());
      this.topology = StructuralSchema.parse(schema).topology();
    }

    void step() {
      now = now.plusSeconds(1);
      String client = "m" + random.nextInt(3);
      ObjectNode wanted = Json.object().put("apiVersion", "x/v1").put("kind", "X");
      wanted.putObject("metadata").put("name", "n");
      if (random.nextInt(8) > 0) {
        wanted.set("spec", type.value(random));
      }
      if (random.nextInt(4) == 0) {
        fillIn();
      } else if (random.nextInt(3) > 0) {
        apply(client, wanted, random.nextInt(3) == 0);
      } else {
        update(client, wanted);
      }
      assertThat(fields(object)).as(what).isEqualTo(live);
      assertThat(recorded(owners)).as(what).isEqualTo(model);
      everyValueIsOwned();
      theRecordIsReadAsItIsWritten();
    }

    /// The server adds what nobody owns: defaults.
    private void fillIn() {
      if (!(object.get("spec") instanceof ObjectNode)) {
        return;
      }
      what = "seed " + seed + ": defaults";
      object = object.deepCopy();
      RandomType.fill((ObjectNode) object.get("spec"), type.value(random), type);
      Map<String, Field> filled = fields(object);
      unowned.addAll(written(live, filled));
      live = filled;
    }

    private Ownership ownership() {
      return new Ownership(topology, "x/v1", "", o -> o, _ -> null, now);
    }

    private void apply(String client, ObjectNode configuration, boolean force) {
      what = "seed " + seed + ": " + client + (force ? " forces " : " applies ") + configuration;
      String owner = client + " Apply";
      Map<String, Field> applied = fields(configuration);
      Set<String> owned = owned(applied);
      Map<String, Field> after = over(live, applied);
      removeGivenUp(after, owner, owned);
      Set<String> written = written(live, after);
      Set<String> conflicts = new TreeSet<>();
      model.forEach((other, fields) -> {
        if (!other.equals(owner)) {
          fields.stream().filter(written::contains).forEach(f -> conflicts.add(other + f));
        }
      });
      if (!force && !conflicts.isEmpty()) {
        assertThatThrownBy(() -> ownership().apply(object, configuration, owners, client, false))
            .as(what)
            .isInstanceOfSatisfying(
                StatusException.class, e -> assertThat(told(e)).as(what).hasSameSizeAs(conflicts));
        return;
      }
      Ownership.Applied done = ownership().apply(object, configuration, owners, client, force);
      lose(live, after);
      model.remove(owner);
      if (!owned.isEmpty()) {
        model.put(owner, owned);
      }
      live = after;
      object = done.object();
      owners = done.owners();
      applyingAgainChangesNothing(client, configuration);
    }

    private static List<StatusCause> told(StatusException e) {
      return Objects.requireNonNull(e.status().details()).causes();
    }

    private void applyingAgainChangesNothing(String client, ObjectNode configuration) {
      now = now.plusSeconds(1);
      Ownership.Applied again = ownership().apply(object, configuration, owners, client, false);
      assertThat(again.object()).as(what).isEqualTo(object);
      assertThat(json(again.owners())).as(what).isEqualTo(json(owners));
    }

    private void update(String client, ObjectNode wanted) {
      what = "seed " + seed + ": " + client + " updates to " + wanted;
      Map<String, Field> after = fields(wanted);
      Set<String> written = written(live, after);
      lose(live, after);
      if (!written.isEmpty()) {
        model.computeIfAbsent(client + " Update", _ -> new HashSet<>()).addAll(written);
      }
      owners = ownership().updated(object, wanted, owners, client);
      live = after;
      object = wanted;
    }

    /// What is no longer applied and nobody else owns goes, with everything in it, and with what
    /// has nothing in it then. Who owns a part of a structure owns the structure.
    private void removeGivenUp(Map<String, Field> after, String owner, Set<String> owned) {
      Set<String> kept = withStructures(owned, after);
      model.forEach((other, fields) -> {
        if (!other.equals(owner)) {
          kept.addAll(withStructures(fields, after));
        }
      });
      Set<String> gone = withStructures(model.getOrDefault(owner, Set.of()), after);
      gone.removeAll(kept);
      after
          .keySet()
          .removeIf(f -> gone.stream().anyMatch(g -> f.equals(g) || f.startsWith(g + "/")));
      while (after.entrySet().removeIf(e -> isEmpty(e.getKey(), e.getValue(), after))) {
        // what was around it may be empty now
      }
    }

    private static Set<String> withStructures(Set<String> fields, Map<String, Field> all) {
      var result = new HashSet<>(fields);
      all.forEach((path, field) -> {
        if (field.named() && fields.stream().anyMatch(f -> f.startsWith(path + "/"))) {
          result.add(path);
        }
      });
      return result;
    }

    private static boolean isEmpty(String path, Field field, Map<String, Field> all) {
      return field.value() == null
          && all.keySet().stream().noneMatch(f -> f.startsWith(path + "/"));
    }

    /// Everybody loses what has changed and what is gone.
    private void lose(Map<String, Field> before, Map<String, Field> after) {
      Set<String> lost = written(before, after);
      before.keySet().stream().filter(f -> !after.containsKey(f)).forEach(lost::add);
      model.values().forEach(fields -> fields.removeAll(lost));
      model.values().removeIf(Set::isEmpty);
    }

    private static Set<String> written(Map<String, Field> before, Map<String, Field> after) {
      return after.entrySet().stream()
          .filter(e -> !e.getValue().equals(before.get(e.getKey())))
          .map(Map.Entry::getKey)
          .collect(Collectors.toCollection(HashSet::new));
    }

    /// What applying makes a client own: values, list items and keys.
    private static Set<String> owned(Map<String, Field> fields) {
      return fields.entrySet().stream()
          .filter(e -> e.getValue().value() != null || !e.getValue().named())
          .map(Map.Entry::getKey)
          .collect(Collectors.toCollection(HashSet::new));
    }

    private static Map<String, Field> over(Map<String, Field> live, Map<String, Field> applied) {
      var merged = new TreeMap<>(live);
      applied.forEach((path, field) -> {
        if (field.value() != null) {
          merged.keySet().removeIf(f -> f.startsWith(path + "/"));
        }
        merged.put(path, field);
      });
      return merged;
    }

    private Map<String, Field> fields(ObjectNode from) {
      var fields = new TreeMap<String, Field>();
      if (from.has("spec")) {
        type.fields("/spec", from.get("spec"), true, fields);
      }
      return fields;
    }

    private void everyValueIsOwned() {
      unowned.retainAll(live.keySet());
      var all = new HashSet<>(unowned);
      recorded(owners).values().forEach(all::addAll);
      live.forEach((path, field) -> {
        if (field.value() != null) {
          assertThat(all).as(what).contains(path);
        }
      });
    }

    private void theRecordIsReadAsItIsWritten() {
      ArrayNode written = json(owners);
      assertThat(json(ManagedFields.parse(reread(written)))).isEqualTo(written);
      owners = ManagedFields.parse(reread(written));
    }

    private static ArrayNode reread(ArrayNode json) {
      try {
        return (ArrayNode) Json.parse(Json.text(json).getBytes(StandardCharsets.UTF_8));
      } catch (MalformedJsonException e) {
        throw new AssertionError(e);
      }
    }

    private static ArrayNode json(ManagedFields owners) {
      ObjectNode metadata = Json.object();
      owners.writeTo(metadata);
      return metadata.withArray("managedFields");
    }

    /// The record as the model has it.
    private static Map<String, Set<String>> recorded(ManagedFields owners) {
      var recorded = new TreeMap<String, Set<String>>();
      for (JsonNode entry : json(owners)) {
        var fields = new HashSet<String>();
        members("", entry.path("fieldsV1"), fields);
        String owner = entry.path("manager").asText() + " " + entry.path("operation").asText();
        recorded.put(owner, fields);
      }
      return recorded;
    }

    private static void members(String path, JsonNode fieldsV1, Set<String> target) {
      for (var part : fieldsV1.properties()) {
        if (part.getKey().equals(".")) {
          continue;
        }
        String inner = path + "/" + name(part.getKey());
        if (part.getValue().isEmpty() || part.getValue().has(".")) {
          target.add(inner);
        }
        members(inner, part.getValue(), target);
      }
    }

    private static String name(String key) {
      String name = key.substring(2);
      return switch (key.charAt(0)) {
        case 'k' -> "#" + name.replaceAll("[^0-9]", "");
        case 'v' -> name.replace("\"", "");
        default -> name;
      };
    }
  }
}
