package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.StoredJson;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Who owns which fields of an object: `metadata.managedFields`. Entries are read from JSON, and
/// written to it, only when they are looked at or have changed. Immutable, but for what it has
/// read.
public final class ManagedFields {
  public static final ManagedFields NONE = new ManagedFields(Map.of(), null);

  private static final String FIELDS_V1 = "FieldsV1";

  /// The entry that the oldest updates are merged into.
  private static final String ANCIENT = "ancient-changes";

  /// The most entries of updates.
  private static final int MAX_UPDATES = 10;

  /// Whose entry it is. One client may have several: for what it applies and what it updates, per
  /// subresource, and for updates per version.
  ///
  /// @param apiVersion of updates; empty for what is applied, which has one entry in all versions
  /// @param subresource empty for the object itself
  public record Owner(String manager, boolean applies, String apiVersion, String subresource) {
    static final Comparator<Owner> ORDER =
        Comparator.comparing(Owner::manager)
            .thenComparing(owner -> !owner.applies)
            .thenComparing(Owner::apiVersion)
            .thenComparing(Owner::subresource);

    public static Owner applying(String manager, String subresource) {
      return new Owner(manager, true, "", subresource);
    }

    public static Owner updating(String manager, String apiVersion, String subresource) {
      return new Owner(manager, false, apiVersion, subresource);
    }
  }

  /// What an owner owns.
  ///
  /// @param apiVersion the version that the fields are named in
  /// @param time when the owner last changed something; empty when unknown
  /// @param json the entry as it stands in the object; null when it must be written anew
  record Entry(String apiVersion, String time, FieldSet fields, @Nullable ObjectNode json) {
    Entry withFields(FieldSet other) {
      return FieldSet.identical(other, fields) ? this : new Entry(apiVersion, time, other, null);
    }
  }

  private final Map<Owner, Entry> entries;
  private final @Nullable JsonNode json;

  private ManagedFields(Map<Owner, Entry> entries, @Nullable JsonNode json) {
    this.entries = entries;
    this.json = json;
  }

  static ManagedFields of(Map<Owner, Entry> entries) {
    return new ManagedFields(entries, null);
  }

  /// Reads what stands in an object.
  ///
  /// @param managedFields may still be text, and stays so in the object when nothing changes
  /// @throws IllegalArgumentException when it is malformed
  public static ManagedFields parse(JsonNode managedFields) {
    JsonNode list = StoredJson.read(managedFields);
    var entries = new LinkedHashMap<Owner, Entry>();
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof ObjectNode entry)) {
        throw new IllegalArgumentException("entry " + i + " is not an object");
      }
      read(entry, i, entries);
    }
    return new ManagedFields(entries, managedFields);
  }

  private static void read(ObjectNode entry, int index, Map<Owner, Entry> entries) {
    String operation = entry.path("operation").asText("");
    boolean applies = operation.equals("Apply");
    if (!applies && !operation.equals("Update")) {
      throw new IllegalArgumentException("operation must be `Apply` or `Update`");
    }
    String apiVersion = entry.path("apiVersion").asText("");
    if (apiVersion.isEmpty()) {
      throw new IllegalArgumentException("apiVersion must not be empty");
    }
    if (!entry.path("fieldsType").asText("").equals(FIELDS_V1)) {
      throw new IllegalArgumentException(
          "fieldsType must be " + FIELDS_V1 + " in managed fields entry " + index);
    }
    JsonNode fields = entry.path("fieldsV1");
    var owner =
        new Owner(
            entry.path("manager").asText(""),
            applies,
            applies ? "" : apiVersion,
            entry.path("subresource").asText(""));
    entries.put(
        owner,
        new Entry(
            apiVersion,
            entry.path("time").asText(""),
            fields.isMissingNode() ? FieldSet.EMPTY : FieldSet.parse(fields),
            entry));
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /// Not to be changed.
  Map<Owner, Entry> entries() {
    return entries;
  }

  /// With every entry's fields changed; entries that are left without fields go.
  ManagedFields map(UnaryOperator<Entry> change) {
    var changed = new LinkedHashMap<Owner, Entry>();
    boolean same = true;
    for (var entry : entries.entrySet()) {
      Entry after = change.apply(entry.getValue());
      same &= FieldSet.identical(after, entry.getValue());
      if (!after.fields().isEmpty()) {
        changed.put(entry.getKey(), after);
      }
    }
    return same && changed.size() == entries.size() ? this : of(changed);
  }

  /// Whether everybody owns the same here and there, whenever they last changed it.
  public boolean sameFieldsAs(ManagedFields other) {
    return entries.keySet().equals(other.entries.keySet())
        && entries.entrySet().stream()
            .allMatch(e -> {
              Entry there = other.entry(e.getKey());
              return there.apiVersion().equals(e.getValue().apiVersion())
                  && there.fields().equals(e.getValue().fields());
            });
  }

  ManagedFields with(Owner owner, Entry entry) {
    var changed = new LinkedHashMap<>(entries);
    if (entry.fields().isEmpty()) {
      changed.remove(owner);
    } else {
      changed.put(owner, entry);
    }
    return of(changed);
  }

  ManagedFields without(Owner owner) {
    if (!entries.containsKey(owner)) {
      return this;
    }
    var changed = new LinkedHashMap<>(entries);
    changed.remove(owner);
    return of(changed);
  }

  /// With the oldest updates of a version made one, when there are more than ten: an object that
  /// many different clients update must not grow for ever.
  ManagedFields capped() {
    List<Owner> updating =
        entries.keySet().stream()
            .filter(owner -> !owner.applies())
            .sorted(
                Comparator.comparing((Owner owner) -> entry(owner).time())
                    .thenComparing(Owner.ORDER))
            .toList();
    int left = updating.size();
    if (left <= MAX_UPDATES) {
      return this;
    }
    var capped = new LinkedHashMap<>(entries);
    var oldest = new HashMap<String, Owner>();
    for (Owner owner : updating) {
      Owner first = oldest.putIfAbsent(owner.apiVersion(), owner);
      var ancient = Owner.updating(ANCIENT, owner.apiVersion(), "");
      if (first == null || owner.equals(ancient) || left <= MAX_UPDATES) {
        continue;
      }
      Entry one = entry(owner);
      capped.remove(owner);
      Entry before = capped.remove(capped.containsKey(ancient) ? ancient : first);
      FieldSet all = before == null ? one.fields() : one.fields().union(before.fields());
      capped.put(ancient, new Entry(owner.apiVersion(), one.time(), all, null));
      left--;
    }
    return of(capped);
  }

  private Entry entry(Owner owner) {
    Entry entry = entries.get(owner);
    if (entry == null) {
      throw new IllegalArgumentException("no entry of " + owner);
    }
    return entry;
  }

  /// Writes them into an object's metadata, in kube-apiserver's order.
  public void writeTo(ObjectNode metadata) {
    if (entries.isEmpty()) {
      metadata.remove("managedFields");
    } else {
      metadata.set("managedFields", json == null ? toJson() : json);
    }
  }

  private ArrayNode toJson() {
    var sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(
        Comparator.comparing((Map.Entry<Owner, Entry> e) -> !e.getKey().applies())
            .thenComparing(e -> e.getValue().time())
            .thenComparing(e -> e.getKey().manager())
            .thenComparing(e -> e.getValue().apiVersion())
            .thenComparing(e -> e.getKey().subresource()));
    ArrayNode array = Json.array();
    sorted.forEach(e -> array.add(json(e.getKey(), e.getValue())));
    return array;
  }

  private static ObjectNode json(Owner owner, Entry entry) {
    if (entry.json() != null) {
      return entry.json();
    }
    ObjectNode json = Json.object();
    json.put("manager", owner.manager());
    json.put("operation", owner.applies() ? "Apply" : "Update");
    json.put("apiVersion", entry.apiVersion());
    if (!entry.time().isEmpty()) {
      json.put("time", entry.time());
    }
    json.put("fieldsType", FIELDS_V1);
    json.set("fieldsV1", entry.fields().toJson());
    if (!owner.subresource().isEmpty()) {
      json.put("subresource", owner.subresource());
    }
    return json;
  }
}
