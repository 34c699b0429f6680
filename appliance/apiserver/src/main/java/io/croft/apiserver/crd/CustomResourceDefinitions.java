package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.defaults.ExtensionDefaults;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.resource.Strategy;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The rules of custom resource definitions. What a definition defines is served by the time that
/// its write is answered, and no longer once its removal is.
public final class CustomResourceDefinitions implements Strategy {
  /// Holds a definition back until its objects are gone.
  public static final String CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

  /// Where definitions lie.
  public static final StorageLocation LOCATION =
      new StorageLocation("/registry/apiextensions.k8s.io/customresourcedefinitions", false);

  private final InstantSource clock;

  /// By definition, the revision of what is served now; writes may be reported out of order.
  private final Map<String, Long> applied = new HashMap<>();

  private @Nullable ResourceCatalog catalog;
  private @Nullable ConversionWebhooks webhooks;

  public CustomResourceDefinitions(InstantSource clock) {
    this.clock = clock;
  }

  /// Names the catalogue, which itself lists this strategy's resource, and who converts objects.
  public void attach(ResourceCatalog attached, ConversionWebhooks converting) {
    catalog = attached;
    webhooks = converting;
  }

  private ResourceCatalog catalog() {
    if (catalog == null) {
      throw new IllegalStateException("no catalogue is attached");
    }
    return catalog;
  }

  private ConversionWebhooks webhooks() {
    if (webhooks == null) {
      throw new IllegalStateException("no conversion is attached");
    }
    return webhooks;
  }

  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public void prepareForCreate(ApiObject crd) {
    settleStatus(crd);
  }

  @Override
  public void prepareForUpdate(ApiObject crd, ApiObject old) {
    settleStatus(crd);
  }

  /// Whether a definition is established is not for clients to say.
  @Override
  public void prepareForStatusUpdate(ApiObject crd, ApiObject old) {
    if (CrdConditions.isTrue(old, CrdConditions.ESTABLISHED)) {
      ObjectNode status = status(crd);
      CrdConditions.set(
          status, CrdConditions.ESTABLISHED, true, "InitialNamesAccepted", "", clock.instant());
    }
    settleStatus(crd);
  }

  private static ObjectNode status(ApiObject crd) {
    return crd.json().get("status") instanceof ObjectNode there
        ? there
        : crd.json().putObject("status");
  }

  @Override
  public void setDefaults(ApiObject crd) {
    if (crd.json().path("spec").get("names") instanceof ObjectNode names) {
      String kind = names.path("kind").asText("");
      if (names.path("singular").asText("").isEmpty()) {
        names.put("singular", kind.toLowerCase(Locale.ROOT));
      }
      if (names.path("listKind").asText("").isEmpty()) {
        names.put("listKind", kind + "List");
      }
    }
    if (crd.json().get("spec") instanceof ObjectNode spec && !spec.has("conversion")) {
      spec.putObject("conversion").put("strategy", "None");
    }
    ExtensionDefaults.client(crd.json().at("/spec/conversion/webhook/clientConfig"));
  }

  private void settleStatus(ApiObject crd) {
    ObjectNode status = status(crd);
    String conflict = nameConflict(crd);
    boolean accepted = conflict.isEmpty();
    var now = clock.instant();
    CrdConditions.set(
        status,
        CrdConditions.NAMES_ACCEPTED,
        accepted,
        accepted ? "NoConflicts" : "NamesConflict",
        accepted ? "no conflicts found" : conflict,
        now);
    // Once established it stays so: its objects exist.
    boolean established = accepted || CrdConditions.isTrue(crd, CrdConditions.ESTABLISHED);
    CrdConditions.set(
        status,
        CrdConditions.ESTABLISHED,
        established,
        established ? "InitialNamesAccepted" : "NotAccepted",
        established ? "the initial names have been accepted" : "not all names are accepted",
        now);
    if (accepted) {
      status.set("acceptedNames", crd.json().path("spec").path("names").deepCopy());
    }
    ApiApproval.report(crd, status, now);
    addStoredVersion(crd, status);
  }

  private static void addStoredVersion(ApiObject crd, ObjectNode status) {
    ArrayNode stored = status.withArray("storedVersions");
    for (JsonNode version : crd.json().path("spec").path("versions")) {
      String name = version.path("name").asText();
      boolean known = false;
      for (JsonNode present : stored) {
        known |= present.asText().equals(name);
      }
      if (version.path("storage").asBoolean(false) && !known) {
        stored.add(name);
      }
    }
  }

  /// Which of the definition's names another resource of the group already has; empty when none.
  private String nameConflict(ApiObject crd) {
    JsonNode spec = crd.json().path("spec");
    JsonNode names = spec.path("names");
    String plural = names.path("plural").asText();
    var wanted = new TreeSet<String>();
    wanted.add(plural);
    wanted.add(names.path("singular").asText());
    names.path("shortNames").forEach(n -> wanted.add(n.asText()));
    for (ResourceType other : catalog().snapshot().byResource().values()) {
      boolean sameGroup = other.gvr().group().equals(spec.path("group").asText());
      boolean itself =
          other.custom()
              && other.backing() instanceof Backing.Stored
              && other.gvr().resource().equals(plural);
      if (!sameGroup || itself) {
        continue;
      }
      var taken = new ArrayList<>(other.names().shortNames());
      taken.add(other.gvr().resource());
      taken.add(other.names().singular());
      for (String name : taken) {
        if (wanted.contains(name)) {
          return "\"" + name + "\" is already in use";
        }
      }
      String kind = names.path("kind").asText();
      String listKind = names.path("listKind").asText();
      if (List.of(other.kind(), other.names().listKind()).contains(kind)
          || List.of(other.kind(), other.names().listKind()).contains(listKind)) {
        return "kind \"" + kind + "\" is already in use";
      }
    }
    return "";
  }

  @Override
  public List<FieldError> validate(ApiObject crd) {
    var errors = new ArrayList<>(CrdValidation.validate(crd));
    errors.addAll(ApiApproval.validate(crd, null));
    return errors;
  }

  @Override
  public List<FieldError> validateUpdate(ApiObject crd, ApiObject old) {
    var errors = new ArrayList<>(CrdValidation.validateUpdate(crd, old));
    errors.addAll(ApiApproval.validate(crd, old));
    return errors;
  }

  @Override
  public void prepareForDelete(ApiObject crd) {
    var finalizers = new ArrayList<>(crd.finalizers());
    if (!finalizers.contains(CLEANUP_FINALIZER)) {
      finalizers.add(CLEANUP_FINALIZER);
    }
    crd.setFinalizers(finalizers);
    if (crd.json().get("status") instanceof ObjectNode status) {
      CrdConditions.set(
          status,
          CrdConditions.TERMINATING,
          true,
          "InstanceDeletionPending",
          "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
          clock.instant());
    }
  }

  @Override
  public synchronized void written(ApiObject crd) {
    serve(crd, Long.parseLong(crd.resourceVersion()), CustomResourceTypes.of(crd, webhooks()));
  }

  @Override
  public synchronized void removed(ApiObject last, long revision) {
    serve(last, revision, List.of());
  }

  private void serve(ApiObject crd, long revision, List<ResourceType> types) {
    if (applied.merge(crd.name(), revision, Math::max) != revision) {
      return; // something newer is served already
    }
    String group = crd.json().path("spec").path("group").asText();
    String plural = crd.json().path("spec").path("names").path("plural").asText();
    catalog()
        .replaceCustom(present -> {
          var next = new ArrayList<>(present);
          next.removeIf(t -> t.gvr().group().equals(group) && t.gvr().resource().equals(plural));
          next.addAll(types);
          return next;
        });
  }
}
