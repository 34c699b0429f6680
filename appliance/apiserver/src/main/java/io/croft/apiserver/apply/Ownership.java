package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.apply.ManagedFields.Entry;
import io.croft.apiserver.apply.ManagedFields.Owner;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.model.schema.Topology;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What one write does to the ownership of fields, and for an applied configuration to the object.
///
/// Whoever writes a field owns it, and nobody else does any more. An applied configuration differs
/// in three points: it also owns fields that it does not change, together with whoever owned them
/// before; a field that it no longer names is given up, and goes when nobody else owns it; and it
/// may not change what others own, unless forced.
public final class Ownership {
  /// What has existed since before anybody applied anything.
  private static final String BEFORE_FIRST_APPLY = "before-first-apply";

  /// Who an object is, and what the server keeps about it, is nobody's.
  private static final FieldSet NOBODYS = nobodys();

  private final Topology topology;
  private final String apiVersion;
  private final String subresource;
  private final UnaryOperator<ObjectNode> part;
  private final Versions versions;
  private final String time;

  /// @param topology of the version that is written
  /// @param subresource empty for the object itself
  /// @param part what of an object a write may touch
  /// @param versions the other versions
  public Ownership(
      Topology topology,
      String apiVersion,
      String subresource,
      UnaryOperator<ObjectNode> part,
      Versions versions,
      Instant time) {
    this.topology = topology;
    this.apiVersion = apiVersion;
    this.subresource = subresource;
    this.part = part;
    this.versions = versions;
    this.time = time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static FieldSet nobodys() {
    var fields = new FieldSet.Builder();
    List.of("apiVersion", "kind", "metadata").forEach(f -> fields.add(FieldPath.field(null, f)));
    FieldPath metadata = FieldPath.field(null, "metadata");
    List.of(
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion")
        .forEach(f -> fields.add(FieldPath.field(metadata, f)));
    return fields.build();
  }

  /// Who owns what after a client has changed an object otherwise than by applying.
  ///
  /// @param before empty when the object is new
  public ManagedFields updated(
      ObjectNode before, ObjectNode after, ManagedFields owners, String manager) {
    Comparison change = Comparison.of(before, after, topology);
    if (change.same()) {
      return owners;
    }
    var changes = new Changes(before, after, change);
    ManagedFields others = reconciled(owners).map(changes::withoutTaken);
    FieldSet own = change.written().minus(NOBODYS);
    if (own.isEmpty()) {
      return others;
    }
    var owner = Owner.updating(manager, apiVersion, subresource);
    Entry previous = others.entries().get(owner);
    FieldSet all = previous == null ? own : previous.fields().union(own);
    return others.with(owner, new Entry(apiVersion, time, all, null)).capped();
  }

  /// What applying does.
  public record Applied(ObjectNode object, ManagedFields owners) {}

  /// Applies a configuration to an object.
  ///
  /// @param live empty when there is no object yet; not changed
  /// @param configuration the fields that the client cares about, all of them; not changed
  /// @param force whether the client takes over what others own
  /// @throws StatusException 400 when the configuration cannot be merged, 409 when it is in
  ///   conflict
  public Applied apply(
      ObjectNode live,
      ObjectNode configuration,
      ManagedFields owners,
      String manager,
      boolean force) {
    List<String> errors = Configuration.errors(configuration, topology);
    if (!errors.isEmpty()) {
      throw unmergeable(configuration, errors);
    }
    var owner = Owner.applying(manager, subresource);
    ManagedFields present = known(live, owners);
    Entry last = present.entries().get(owner);
    FieldSet applied = OwnedFields.of(configuration, topology);
    ManagedFields claimed = present.with(owner, new Entry(apiVersion, time, applied, null));
    ObjectNode merged = Merging.objects(live, configuration, topology);
    ObjectNode object = last == null ? merged : pruned(merged, last, claimed);
    var changes = new Changes(live, object, Comparison.of(live, object, topology));
    ManagedFields others = present.without(owner);
    var lastApplied = new LastApplied(configuration, topology, manager);
    if (!force) {
      lastApplied.settle(changes.conflicts(others), live);
    }
    FieldSet own = applied.minus(NOBODYS);
    Entry entry =
        last != null
                && changes.here.same()
                && last.apiVersion().equals(apiVersion)
                && last.fields().equals(own)
            ? last
            : new Entry(apiVersion, time, own, null);
    lastApplied.refresh(object);
    return new Applied(object, others.map(changes::withoutTaken).with(owner, entry));
  }

  private static StatusException unmergeable(ObjectNode configuration, List<String> errors) {
    String what =
        errors.size() == 1 ? errors.getFirst() : "errors:\n  " + String.join("\n  ", errors);
    String version = configuration.path("apiVersion").asText("");
    String namespace = configuration.path("metadata").path("namespace").asText("");
    return Statuses.badRequest(
        "failed to create typed patch object ("
            + namespace
            + "/"
            + configuration.path("metadata").path("name").asText("")
            + "; "
            + (version.contains("/") ? version : "/" + version)
            + ", Kind="
            + configuration.path("kind").asText("")
            + "): "
            + what);
  }

  /// The owners as they stand: what was there before anybody applied is owned, too.
  private ManagedFields known(ObjectNode live, ManagedFields owners) {
    return owners.isEmpty() && !live.isEmpty()
        ? updated(Json.object(), part.apply(live), owners, BEFORE_FIRST_APPLY)
        : reconciled(owners);
  }

  /// As the schemas are today.
  private ManagedFields reconciled(ManagedFields owners) {
    return owners.map(entry -> {
      Versions.View view = view(entry.apiVersion());
      return view == null ? entry : entry.withFields(entry.fields().reconciled(view.topology()));
    });
  }

  /// Without what the client applied last time and no longer does, unless others own it or what is
  /// in it.
  private ObjectNode pruned(ObjectNode merged, Entry last, ManagedFields claimed) {
    Versions.View view = view(last.apiVersion());
    boolean givesUp = !last.apiVersion().equals(apiVersion) || givesUp(last, claimed);
    if (view == null || !givesUp) {
      return merged;
    }
    FieldSet before = last.fields().withNamedFields(view.topology());
    ObjectNode kept = view.back(Removal.from(view.to(merged), before, view.topology()));
    for (var owned : byVersion(claimed, last.apiVersion()).entrySet()) {
      kept = without(merged, kept, owned.getKey(), missing -> missing.minus(owned.getValue()));
    }
    return without(merged, kept, view, missing -> missing.intersection(before));
  }

  private boolean givesUp(Entry last, ManagedFields claimed) {
    FieldSet now = FieldSet.EMPTY;
    for (Entry entry : claimed.entries().values()) {
      if (entry.apiVersion().equals(apiVersion)) {
        now = now.union(entry.fields());
      }
    }
    return !last.fields().minus(now).isEmpty();
  }

  /// What anybody owns, in each version; the given version first.
  private Map<Versions.View, FieldSet> byVersion(ManagedFields owners, String first) {
    var fields = new TreeMap<String, FieldSet>();
    owners
        .entries()
        .values()
        .forEach(e -> fields.merge(e.apiVersion(), e.fields(), FieldSet::union));
    var byVersion = new LinkedHashMap<Versions.View, FieldSet>();
    FieldSet own = fields.remove(first);
    if (own != null) {
      put(byVersion, first, own);
    }
    fields.forEach((version, set) -> put(byVersion, version, set));
    return byVersion;
  }

  private void put(Map<Versions.View, FieldSet> target, String version, FieldSet fields) {
    Versions.View view = view(version);
    if (view != null) {
      target.put(view, fields.withNamedFields(view.topology()));
    }
  }

  /// The merged object without some of what is missing in another form of it.
  private static ObjectNode without(
      ObjectNode merged, ObjectNode kept, Versions.View view, UnaryOperator<FieldSet> which) {
    ObjectNode all = view.to(merged);
    FieldSet missing =
        namedFields(all, view.topology()).minus(namedFields(view.to(kept), view.topology()));
    return view.back(Removal.from(all, which.apply(missing), view.topology()));
  }

  private static FieldSet namedFields(ObjectNode object, Topology topology) {
    return OwnedFields.of(object, topology).withNamedFields(topology);
  }

  private Versions.@Nullable View view(String version) {
    return version.equals(apiVersion) ? new Here() : versions.view(version);
  }

  /// The version that is being written.
  private final class Here implements Versions.View {
    @Override
    public Topology topology() {
      return topology;
    }

    @Override
    public ObjectNode to(ObjectNode object) {
      return object;
    }

    @Override
    public ObjectNode back(ObjectNode object) {
      return object;
    }
  }

  /// What a write has changed, in every version that somebody owns fields in.
  private final class Changes {
    private final ObjectNode before;
    private final ObjectNode after;
    private final Comparison here;
    private final Map<String, Optional<Comparison>> elsewhere = new HashMap<>();

    Changes(ObjectNode before, ObjectNode after, Comparison here) {
      this.before = before;
      this.after = after;
      this.here = here;
    }

    private Optional<Comparison> in(String version) {
      if (version.equals(apiVersion)) {
        return Optional.of(here);
      }
      Function<String, Optional<Comparison>> compare =
          name ->
              Optional.ofNullable(versions.view(name))
                  .map(v -> Comparison.of(v.to(before), v.to(after), v.topology()));
      return elsewhere.computeIfAbsent(version, compare);
    }

    /// What somebody still owns. An entry in a version that is no longer served goes.
    Entry withoutTaken(Entry entry) {
      FieldSet left =
          in(entry.apiVersion())
              .map(c -> entry.fields().minus(c.written()).minus(c.removed()))
              .orElse(FieldSet.EMPTY);
      return entry.withFields(left);
    }

    Conflicts conflicts(ManagedFields others) {
      var conflicts = new Conflicts();
      others
          .entries()
          .forEach((owner, entry) ->
              in(entry.apiVersion())
                  .ifPresent(c -> conflicts.add(owner, entry.fields().intersection(c.written()))));
      return conflicts;
    }
  }
}
