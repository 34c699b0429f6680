package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.apply.ManagedFields;
import io.croft.apiserver.apply.Ownership;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.Guard;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Stored;
import io.croft.apiserver.storage.WriteOutcome;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.Json;
import io.croft.model.ObjectMetaValidation;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import io.croft.store.StoreException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads and changes single objects under the API's rules, whatever their kind. Objects come in and
/// go out in the served version; trees handed out belong to the caller. Thread-safe.
public final class Registry {
  /// How often a change that does not insist on a version is tried anew before the client is told
  /// to.
  private static final int ATTEMPTS = 20;

  private static final int GENERATED_SUFFIX = 5;
  private static final int GENERATED_PREFIX_MAX = 63 - GENERATED_SUFFIX;

  /// No vowels, so that no words come about.
  private static final String GENERATED_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private final ObjectStore store;
  private final NamespaceGuard namespaces;
  private final AdmissionChain admission;
  private final FieldTracking tracking;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /// @param catalog knows the other versions of a resource
  /// @param admission asked in this order
  public Registry(
      ObjectStore store, ResourceCatalog catalog, List<Admission> admission, InstantSource clock) {
    this.store = store;
    this.tracking = new FieldTracking(catalog, clock);
    this.admission = new AdmissionChain(admission);
    this.namespaces = new NamespaceGuard(store);
    this.clock = clock;
  }

  /// @throws io.croft.model.StatusException 404 when there is none
  public ApiObject get(ResourceType type, String namespace, String name) {
    return served(type, find(type, namespace, name));
  }

  /// Creates an object and returns it as stored.
  ///
  /// @param body the object, which the registry keeps and changes
  /// @throws io.croft.model.StatusException as the API says: 400, 403, 404, 409, 422
  public ApiObject create(
      ResourceType type, String namespace, ObjectNode body, WriteOptions options) {
    return create(type, namespace, new Wanted(body, null), options);
  }

  private ApiObject create(
      ResourceType type, String namespace, Wanted wanted, WriteOptions options) {
    ApiObject object = ApiObject.of(wanted.object());
    ArrayNode claimed = FieldTracking.take(object);
    Shape.admit(type, object, options);
    settleNamespace(type, object, namespace);
    if (!object.resourceVersion().isEmpty()) {
      throw Statuses.badRequest("resourceVersion should not be set on objects to be created");
    }
    boolean generated = object.name().isEmpty() && !object.generateName().isEmpty();
    if (generated) {
      object.setName(generateName(object.generateName()));
    }
    type.strategy().setDefaults(object);
    if (admission.mutate(AdmissionRequest.write(type, "", object, null, options))) {
      FieldTracking.take(object);
      Shape.admitAgain(type, object);
      settleNamespace(type, object, namespace);
      type.strategy().setDefaults(object);
    }
    fillSystemFields(type, object);
    ManagedFields owners =
        wanted.owners() == null
            ? tracking.updated(type, "", object, null, claimed, options)
            : wanted.owners();
    boolean stored = false;
    try {
      type.strategy().prepareForCreate(object, options.user());
      validateNew(type, object);
      owners.writeTo(object.metadata());
      ApiObject created =
          admission.admitted(
              AdmissionRequest.write(type, "", object, null, options),
              () -> storeNew(type, object, generated, wanted.applied(), options));
      stored = !options.dryRun();
      return created;
    } finally {
      if (!stored) {
        type.strategy().abandoned(object, null);
      }
    }
  }

  private static void validateNew(ResourceType type, ApiObject object) {
    var errors =
        ObjectMetaValidation.validate(object, type.namespaced(), type.strategy().nameRule());
    errors = joined(errors, Shape.schemaErrors(type, object, null));
    errors = joined(errors, type.strategy().validate(object));
    refuse(type, object, Shape.withRules(type, errors, object, null));
  }

  private ApiObject storeNew(
      ResourceType type,
      ApiObject object,
      boolean generated,
      boolean applied,
      WriteOptions options) {
    while (true) {
      Guard guard = namespaces.guard(type, object);
      if (options.dryRun()) {
        refuseExisting(type, object);
        return object;
      }
      switch (put(type, object, 0, guard, applied)) {
        case WriteOutcome.Written written -> {
          return finished(type, object, written.revision());
        }
        case WriteOutcome.Changed changed ->
            throw generated
                ? Statuses.generateNameConflict(group(type), plural(type), object.name())
                : Statuses.alreadyExists(group(type), plural(type), object.name());
        case WriteOutcome.GuardBroken broken -> {
          requireDefinition(type); // otherwise the namespace was written to: look again
        }
      }
    }
  }

  private void requireDefinition(ResourceType type) {
    Guard definition = type.definitionGuard();
    if (definition != null && !store.holds(definition)) {
      throw new DefinitionChangedException();
    }
  }

  private void refuseExisting(ResourceType type, ApiObject object) {
    if (store.get(type.location(), object.namespace(), object.name()).isPresent()) {
      throw Statuses.alreadyExists(group(type), plural(type), object.name());
    }
  }

  private void settleNamespace(ResourceType type, ApiObject object, String namespace) {
    if (!type.namespaced()) {
      object.setNamespace("");
      return;
    }
    if (!object.namespace().isEmpty() && !object.namespace().equals(namespace)) {
      throw Statuses.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
    object.setNamespace(namespace);
  }

  private String generateName(String prefix) {
    var name =
        new StringBuilder(
            prefix.length() > GENERATED_PREFIX_MAX
                ? prefix.substring(0, GENERATED_PREFIX_MAX)
                : prefix);
    for (int i = 0; i < GENERATED_SUFFIX; i++) {
      name.append(GENERATED_ALPHABET.charAt(random.nextInt(GENERATED_ALPHABET.length())));
    }
    return name.toString();
  }

  private void fillSystemFields(ResourceType type, ApiObject object) {
    object
        .setUid(UUID.randomUUID().toString())
        .setCreationTimestamp(clock.instant().truncatedTo(ChronoUnit.SECONDS))
        .setDeletionTimestamp(null)
        .setGeneration(type.strategy().countsGenerations() ? 1 : 0);
    object.metadata().remove("deletionGracePeriodSeconds");
    if (type.has("status")) {
      object.json().remove("status");
    }
  }

  /// Has admissions judge what a subresource is sent that is of a kind of its own, before it is
  /// done.
  ///
  /// @param type of the object that it is about
  /// @param object what was sent; gets the name and the namespace of that object
  /// @param old what it replaces; null where it does not replace anything
  /// @throws io.croft.model.StatusException when it is refused
  public void admit(
      ResourceType type,
      String subresource,
      ApiObject object,
      @Nullable ApiObject old,
      WriteOptions options) {
    var request = AdmissionRequest.write(type, subresource, object, old, options);
    admission.admitted(request, () -> "");
  }

  /// Whether an object may be deleted: its preconditions hold, and nobody refuses.
  ///
  /// @throws io.croft.model.StatusException 409, or when it is refused
  public void admitDeletion(
      ResourceType type, ApiObject object, DeleteOptions options, Caller caller) {
    checkPreconditions(type, object, options);
    var request = AdmissionRequest.deletion(type, object, caller, true);
    admission.mutate(request);
    admission.validate(request);
  }

  /// Brings a question that is answered at once, and not stored, into the shape of its kind.
  ///
  /// @throws io.croft.model.StatusException 400 when it is something else
  public void admitQuestion(ResourceType type, ObjectNode question, WriteOptions options) {
    Shape.admit(type, ApiObject.of(question), options);
  }

  /// What an update did.
  ///
  /// @param created whether the object did not exist before
  public record Updated(ApiObject object, boolean created) {}

  /// Changes an object.
  ///
  /// @param subresource empty, `status` or `finalize`: the part that the change is confined to
  /// @param mayCreate whether an object that does not exist is created
  /// @throws io.croft.model.StatusException as the API says: 400, 404, 409, 422
  public Updated update(
      ResourceType type,
      String namespace,
      String name,
      String subresource,
      Mutation mutation,
      boolean mayCreate,
      WriteOptions options) {
    return write(
        type,
        namespace,
        name,
        subresource,
        present -> {
          if (present == null && !mayCreate) {
            throw Statuses.notFound(group(type), plural(type), name);
          }
          ObjectNode current = present == null ? Json.object() : present.copy().json();
          return new Wanted(mutation.apply(current), null);
        },
        options);
  }

  /// Applies a configuration to an object; creates the object when it does not exist.
  ///
  /// @param configuration the fields that the client cares about, not changed
  /// @param subresource empty or `status`: the part that is applied to
  /// @param force whether the client takes over what others own
  /// @param mayCreate asked when the object does not exist; throws when the client may not create
  ///   it
  /// @throws io.croft.model.StatusException as the API says: 400, 403, 404, 409, 422
  public Updated apply(
      ResourceType type,
      String namespace,
      String name,
      String subresource,
      ObjectNode configuration,
      boolean force,
      Runnable mayCreate,
      WriteOptions options) {
    var application = new Application(type, name, configuration);
    return write(
        type,
        namespace,
        name,
        subresource,
        present -> {
          if (present == null) {
            if (!subresource.isEmpty()) {
              throw Statuses.notFound(group(type), plural(type), name);
            }
            mayCreate.run();
            application.checkCreation();
          }
          ObjectNode live = present == null ? Json.object() : present.json();
          Ownership.Applied applied =
              tracking.applied(
                  type, subresource, live, application.configuration(), force, options);
          return new Wanted(applied.object().deepCopy(), applied.owners());
        },
        options);
  }

  /// What a write makes of an object.
  ///
  /// @param owners who owns what then; null when that follows from what has changed
  private record Wanted(ObjectNode object, @Nullable ManagedFields owners) {
    boolean applied() {
      return owners != null;
    }
  }

  @FunctionalInterface
  private interface Write {
    /// @param present null when the object does not exist; not to be changed
    Wanted change(@Nullable ApiObject present);
  }

  private Updated write(
      ResourceType type,
      String namespace,
      String name,
      String subresource,
      Write write,
      WriteOptions options) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Stored stored = store.get(type.location(), namespace, name).orElse(null);
      if (stored == null) {
        Wanted wanted = write.change(null);
        try {
          return new Updated(create(type, namespace, wanted, options), true);
        } catch (StatusException e) {
          if (!e.status().reason().equals(StatusReason.ALREADY_EXISTS.text())) {
            throw e;
          }
          continue; // another writer was faster: start from its result
        }
      }
      ApiObject old = served(type, stored);
      Wanted wanted = write.change(old);
      ApiObject object = ApiObject.of(wanted.object());
      var change = new Change(type, object, old, subresource, tracking);
      boolean written = false;
      try {
        AdmissionChain asked = subresource.equals("binding") ? AdmissionChain.NONE : admission;
        if (!change.prepare(wanted.owners(), options, asked)) {
          return new Updated(object, false);
        }
        Optional<WriteOutcome> outcome =
            asked.admitted(
                AdmissionRequest.write(type, subresource, object, old, options),
                () ->
                    options.dryRun()
                        ? Optional.empty()
                        : Optional.of(store(type, object, stored.revision(), wanted.applied())));
        if (outcome.isEmpty()) {
          return new Updated(object, false);
        }
        switch (outcome.get()) {
          case WriteOutcome.Written done -> {
            written = true;
            return new Updated(finished(type, object, done.revision()), false);
          }
          case WriteOutcome.Changed
                  changed -> {} // another writer was faster: start from its result
          case WriteOutcome.GuardBroken broken -> throw new DefinitionChangedException();
        }
      } finally {
        if (!written) {
          type.strategy().abandoned(object, old);
        }
      }
    }
    throw Statuses.conflict(group(type), plural(type), name);
  }

  /// Writes an object, or removes it when this change was the last thing that its deletion waited
  /// for.
  private WriteOutcome store(ResourceType type, ApiObject object, long expected, boolean applied) {
    return goes(type, object)
        ? store.remove(type.location(), object.namespace(), object.name(), expected)
        : put(type, object, expected, null, applied);
  }

  private static boolean goes(ResourceType type, ApiObject object) {
    return object.deletionTimestamp() != null
        && object.finalizers().isEmpty()
        && DeletionMark.gracePeriod(object) == 0
        && !type.strategy().holdsBackDeletion(object);
  }

  /// Deletes an object, or marks it when something holds it back: finalizers, its kind, or the time
  /// that it may take to end.
  ///
  /// @throws io.croft.model.StatusException 404, or 409 when a precondition does not hold
  public Deletion delete(
      ResourceType type, String namespace, String name, DeleteOptions options, Caller caller) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Stored stored = find(type, namespace, name);
      ApiObject object = served(type, stored);
      checkPreconditions(type, object, options);
      ApiObject before = object.copy();
      var request = AdmissionRequest.deletion(type, before, caller, options.dryRun());
      admission.mutate(request);
      admission.validate(request);
      DeletionMark.apply(type, object, options, clock.instant());
      boolean goes = goes(type, object);
      boolean unchanged = !goes && Json.same(object.json(), before.json());
      if (options.dryRun() || unchanged) {
        return goes ? new Deletion.Done(object) : new Deletion.Pending(object);
      }
      switch (store(type, object, stored.revision(), false)) {
        case WriteOutcome.Written written -> {
          ApiObject last = finished(type, object, written.revision());
          return goes ? new Deletion.Done(last) : new Deletion.Pending(last);
        }
        case WriteOutcome.Changed changed -> {} // another writer was faster: start from its result
        case WriteOutcome.GuardBroken broken -> throw new DefinitionChangedException();
      }
    }
    throw Statuses.conflict(group(type), plural(type), name);
  }

  private static void checkPreconditions(
      ResourceType type, ApiObject object, DeleteOptions options) {
    if (!options.uid().isEmpty() && !options.uid().equals(object.uid())) {
      throw precondition(
          type,
          object,
          "the UID in the precondition (%s) does not match the UID in record (%s)."
              + " The object might have been deleted and then recreated",
          options.uid(),
          object.uid());
    }
    String version = options.resourceVersion();
    if (!version.isEmpty() && !version.equals(object.resourceVersion())) {
      throw precondition(
          type,
          object,
          "the ResourceVersion in the precondition (%s) does not match the ResourceVersion in"
              + " record (%s). The object might have been modified",
          version,
          object.resourceVersion());
    }
  }

  private static RuntimeException precondition(
      ResourceType type, ApiObject object, String message, String wanted, String actual) {
    return Statuses.conflict(
        group(type), plural(type), object.name(), message.formatted(wanted, actual));
  }

  private Stored find(ResourceType type, String namespace, String name) {
    return store
        .get(type.location(), namespace, name)
        .orElseThrow(() -> Statuses.notFound(group(type), plural(type), name));
  }

  /// Writes an object. One that only its record of owners makes too large goes without it; but who
  /// applies relies on the record.
  private WriteOutcome put(
      ResourceType type, ApiObject object, long expected, @Nullable Guard guard, boolean applied) {
    try {
      return put(type, object, expected, guard);
    } catch (StoreException.Invalid e) {
      boolean tooLarge = e.rule() == StoreException.Invalid.Rule.TOO_LARGE;
      if (!tooLarge || applied || object.metadata().remove("managedFields") == null) {
        throw e;
      }
      return put(type, object, expected, guard);
    }
  }

  private WriteOutcome put(
      ResourceType type, ApiObject object, long expected, @Nullable Guard guard) {
    ObjectNode stored = type.conversion().toStorage(object.json().deepCopy());
    Duration ttl = type.strategy().timeToLive();
    List<Guard> guards = Stream.of(guard, type.definitionGuard()).filter(Objects::nonNull).toList();
    return store.put(type.location(), ApiObject.of(stored), expected, guards, ttl);
  }

  private static ApiObject finished(ResourceType type, ApiObject object, long revision) {
    object.setResourceVersion(Long.toString(revision));
    if (goes(type, object)) {
      type.strategy().removed(object, revision);
    } else {
      type.strategy().written(object);
    }
    return object;
  }

  private static ApiObject served(ResourceType type, Stored stored) {
    return ApiObject.of(type.conversion().fromStorage(stored.json()));
  }

  /// Both, but that a field is missing only once.
  static List<FieldError> joined(List<FieldError> some, List<FieldError> more) {
    var all = new ArrayList<>(some);
    for (FieldError error : more) {
      if (error.type() != FieldError.Type.REQUIRED || !tellsOf(some, error)) {
        all.add(error);
      }
    }
    return all;
  }

  private static boolean tellsOf(List<FieldError> errors, FieldError missing) {
    return errors.stream()
        .anyMatch(e -> e.type() == missing.type() && e.field().equals(missing.field()));
  }

  static void refuse(ResourceType type, ApiObject object, List<FieldError> errors) {
    if (!errors.isEmpty()) {
      throw Statuses.invalid(type.gvk(), object.name(), errors);
    }
  }

  static String group(ResourceType type) {
    return type.gvr().group();
  }

  static String plural(ResourceType type) {
    return type.gvr().resource();
  }

  /// What an object asks for: everything but its metadata and, where that is a part of its own, its
  /// status.
  static JsonNode wanted(ResourceType type, ApiObject object) {
    ObjectNode wanted = object.json().deepCopy();
    wanted.remove("metadata");
    if (type.has("status")) {
      wanted.remove("status");
    }
    return wanted;
  }
}
