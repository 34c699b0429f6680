package io.croft.fleet.component;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.EventRecorder;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.ListOptions;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.ComponentReport;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.LabelSelector;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Tells hosts what software to have, as sets and [Rollout] say, by `spec.components` of their
/// machines. Machines are read anew each time: what was told a moment ago must count.
public final class ComponentSetReconciler implements Reconciler {
  /// How soon it is looked again for a component that is not there.
  private static final Duration MISSING = Duration.ofSeconds(10);

  private final ApiClient client;
  private final Informer sets;
  private final Informer nodes;
  private final EventRecorder events;
  private final InstantSource clock;

  public ComponentSetReconciler(ApiClient client, Informers informers, InstantSource clock) {
    this.client = client;
    this.sets = informers.of(FleetKinds.COMPONENT_SETS);
    this.nodes = informers.of(FleetKinds.NODES);
    this.events = new EventRecorder(client, "machine-component-sets", clock);
    this.clock = clock;
  }

  /// Any set may be concerned by what happens to a host; so may one that is gone, whose software
  /// the host has.
  public List<Request> ofHost(ApiObject machineOrNode) {
    return requests(Assignment.of(machineOrNode).stream().map(Assignment::set));
  }

  /// Whether a change of a machine or of its node matters: not every heartbeat does.
  public static boolean matters(@Nullable ApiObject before, @Nullable ApiObject after) {
    return before == null
        || after == null
        || isReady(before) != isReady(after)
        || !before.labels().equals(after.labels())
        || before.deletionTimestamp() == null != (after.deletionTimestamp() == null)
        || !before.at("spec", "components").equals(after.at("spec", "components"))
        || !before.at("status", "components").equals(after.at("status", "components"));
  }

  /// What one set gives up, another one may have.
  public List<Request> ofSet(ApiObject set) {
    return requests(Stream.of(set.name()));
  }

  private List<Request> requests(Stream<String> more) {
    return Stream.concat(sets.list().stream().map(ApiObject::name), more)
        .distinct()
        .map(name -> new Request("", name))
        .toList();
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> set =
        client
            .find(FleetKinds.COMPONENT_SETS, "", request.name())
            .filter(ComponentSetReconciler::isWanted);
    List<ApiObject> machines =
        client.listAll(FleetKinds.MACHINES, "", ListOptions.ALL).items().stream()
            .filter(machine -> machine.deletionTimestamp() == null)
            .toList();
    if (set.isEmpty()) {
      machines.forEach(machine -> release(machine, request.name()));
      return Result.DONE;
    }
    return reconcile(set.get(), machines);
  }

  private static boolean isWanted(ApiObject set) {
    return set.deletionTimestamp() == null;
  }

  private Result reconcile(ApiObject set, List<ApiObject> machines) {
    var conflicts = new ArrayList<String>();
    var mine = new ArrayList<ApiObject>();
    boolean valid = selector(set).isPresent();
    for (ApiObject machine : machines) {
      if (!valid || nodes.get("", machine.name()).isEmpty()) {
        continue; // whom it selects is not known: nobody loses anything for that
      }
      Optional<String> owner = owner(machine, component(set));
      if (owner.filter(set.name()::equals).isPresent()) {
        mine.add(machine);
        continue;
      }
      if (owner.isPresent() && selects(set, machine)) {
        conflicts.add(machine.name() + " (" + owner.get() + ")");
      }
      release(machine, set.name());
    }
    JsonNode spec = set.json().path("spec");
    JsonNode strategy = spec.path("updateStrategy");
    var wish =
        new Rollout.Wish(
            spec.path("version").asText(),
            set.json().path("status").path("currentVersion").asText(""),
            Share.of(strategy.path("maxUnavailable"), 1),
            Share.of(strategy.path("partition"), 0),
            strategy.path("paused").asBoolean());
    var rollout = new Rollout(wish, mine.stream().map(m -> state(m, component(set))).toList());
    boolean there = exists(component(set), wish.version());
    carryOut(set, rollout, mine, there);
    report(set, wish, rollout, there, conflicts);
    return there ? Result.DONE : Result.after(MISSING);
  }

  static String component(ApiObject set) {
    return set.json().path("spec").path("componentName").asText();
  }

  private boolean exists(String component, String version) {
    return client
        .metadataOnly()
        .find(FleetKinds.COMPONENTS, "", component + "-" + version)
        .isPresent();
  }

  /// The set that decides: of those that select the host, the oldest one.
  private Optional<String> owner(ApiObject machine, String component) {
    return sets.list().stream()
        .filter(ComponentSetReconciler::isWanted)
        .filter(set -> component(set).equals(component) && selects(set, machine))
        .min(
            Comparator.comparing(
                    (ApiObject set) -> set.metadata().path("creationTimestamp").asText())
                .thenComparing(ApiObject::name))
        .map(ApiObject::name);
  }

  private boolean selects(ApiObject set, ApiObject machine) {
    Optional<ApiObject> node = nodes.get("", machine.name());
    return node.isPresent()
        && selector(set).filter(selector -> selector.matches(node.get().labels())).isPresent();
  }

  /// Empty when it is malformed.
  static Optional<LabelSelector> selector(ApiObject set) {
    JsonNode json = set.json().path("spec").path("selector");
    try {
      return Optional.of(
          json.isEmpty() ? LabelSelector.everything() : LabelSelector.fromJson(json));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the set's status says so
    }
  }

  private HostState state(ApiObject machine, String component) {
    Optional<Assignment> told = Assignment.of(machine, component).filter(a -> !a.remove());
    return new HostState(
        machine.name(),
        told.map(Assignment::version).orElse(""),
        told.map(Assignment::revision).orElse(0L),
        nodes.get("", machine.name()).filter(ComponentSetReconciler::isReady).isPresent(),
        ComponentReport.of(machine, component));
  }

  private static boolean isReady(ApiObject node) {
    for (JsonNode condition : node.json().path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// Any part of the steps leaves the others possible, whichever of them fails.
  private void carryOut(ApiObject set, Rollout rollout, List<ApiObject> machines, boolean there) {
    Map<String, String> versions =
        rollout.steps().stream()
            .filter(step -> there || !step.version().equals(version(set)))
            .collect(Collectors.toMap(step -> step.host().name(), Rollout.Step::version));
    for (ApiObject machine : machines) {
      String version = versions.get(machine.name());
      if (version == null) {
        adopt(set, machine);
      } else {
        tell(set, machine, version);
      }
    }
  }

  static String version(ApiObject set) {
    return set.json().path("spec").path("version").asText();
  }

  private void tell(ApiObject set, ApiObject machine, String version) {
    String component = component(set);
    client.update(
        FleetKinds.MACHINES,
        with(
            machine,
            new Assignment(component, version, false, set.name(), next(machine, component))));
  }

  /// Later than all that the host was told, and than all that it says.
  private static long next(ApiObject machine, String component) {
    return 1
        + Math.max(
            Assignment.of(machine, component).map(Assignment::revision).orElse(0L),
            ComponentReport.of(machine, component).map(ComponentReport::revision).orElse(0L));
  }

  /// What another set told the host goes on as it is.
  private void adopt(ApiObject set, ApiObject machine) {
    Assignment.of(machine, component(set))
        .filter(told -> !told.remove() && !told.set().equals(set.name()))
        .map(told ->
            new Assignment(told.component(), told.version(), false, set.name(), told.revision()))
        .ifPresent(told -> client.update(FleetKinds.MACHINES, with(machine, told)));
  }

  /// Has a host remove what a set told it and no set wants any more; forgets that once it has.
  private void release(ApiObject machine, String set) {
    ApiObject changed = machine;
    for (Assignment told : Assignment.of(machine)) {
      if (!told.set().equals(set) || owner(machine, told.component()).isPresent()) {
        continue;
      }
      if (!told.remove()) {
        long revision = next(machine, told.component());
        changed =
            with(changed, new Assignment(told.component(), told.version(), true, set, revision));
      } else if (ComponentReport.of(machine, told.component()).isEmpty()) {
        changed = without(changed, told.component());
      }
    }
    if (!Json.same(changed.json(), machine.json())) {
      client.update(FleetKinds.MACHINES, changed);
    }
  }

  private static ApiObject with(ApiObject machine, Assignment told) {
    ApiObject changed = without(machine, told.component());
    ((ObjectNode) changed.json().path("spec")).withArray("components").add(told.json());
    return changed;
  }

  private static ApiObject without(ApiObject machine, String component) {
    ApiObject changed = machine.copy();
    ObjectNode spec = (ObjectNode) changed.json().path("spec");
    ArrayNode before = spec.withArray("components").deepCopy();
    ArrayNode after = spec.putArray("components");
    for (JsonNode entry : before) {
      if (!entry.path("component").asText().equals(component)) {
        after.add(entry);
      }
    }
    if (after.isEmpty()) {
      spec.remove("components");
    }
    return changed;
  }

  private void report(
      ApiObject set, Rollout.Wish wish, Rollout rollout, boolean there, List<String> conflicts) {
    var report = new SetStatus(set, wish, rollout, clock.instant());
    ObjectNode status = report.json(there, conflicts);
    if (Json.same(status, set.json().path("status"))) {
      return;
    }
    ApiObject changed = set.copy();
    changed.json().set("status", status);
    client.updateStatus(FleetKinds.COMPONENT_SETS, changed);
    tell(set, rollout);
  }

  private void tell(ApiObject set, Rollout rollout) {
    for (HostState host : rollout.hosts()) {
      if (host.isFailed()) {
        String message = "%s %s".formatted(component(set), host.trouble());
        events.warning(reference(set), "ComponentFailed", message);
        nodes
            .get("", host.name())
            .ifPresent(node -> events.warning(reference(node), "ComponentFailed", message));
      }
    }
    for (Rollout.Step step : rollout.steps()) {
      events.normal(
          reference(set), "ComponentAssigned", step.host().name() + " gets " + step.version());
    }
  }

  private static ObjectNode reference(ApiObject object) {
    return Json.object()
        .put("apiVersion", object.apiVersion())
        .put("kind", object.kind())
        .put("name", object.name())
        .put("uid", object.uid());
  }
}
