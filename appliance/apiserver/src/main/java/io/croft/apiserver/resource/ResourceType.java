package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.storage.Guard;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.model.patch.PatchSchema;
import io.croft.model.schema.StructuralSchema;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One version of a resource as it is served: what it is called, where it lies, what its objects
/// look like, and what may be done with them. Immutable.
///
/// @param gvr group, version and plural name
/// @param names the other names that clients use
/// @param namespaced whether objects live in a namespace
/// @param verbs what the API offers, in Kubernetes' words
/// @param subresources `status`, `finalize`: the parts with an endpoint of their own
/// @param backing where objects come from
/// @param schema the shape of the objects
/// @param patches what strategic merge patch knows of it; null when the resource does not take such
///   patches
/// @param openApi the same shape as clients see it: an OpenAPI v3 schema, possibly a reference into
///   the definitions of the built-in kinds
/// @param columns what a table shows
/// @param selectable the fields, besides name and namespace, that a field selector may name
/// @param custom whether a custom resource definition defines it
public record ResourceType(
    GroupVersionResource gvr,
    Names names,
    boolean namespaced,
    Set<String> verbs,
    Set<String> subresources,
    Backing backing,
    StructuralSchema schema,
    @Nullable PatchSchema patches,
    JsonNode openApi,
    List<Column> columns,
    Set<String> selectable,
    boolean custom) {

  /// What every stored resource offers.
  public static final Set<String> STORED_VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  /// @param kind for example `ConfigMap`
  /// @param listKind for example `ConfigMapList`
  public record Names(
      String kind,
      String listKind,
      String singular,
      List<String> shortNames,
      List<String> categories) {
    public Names {
      shortNames = List.copyOf(shortNames);
      categories = List.copyOf(categories);
    }
  }

  public ResourceType {
    verbs = Set.copyOf(verbs);
    subresources = Set.copyOf(subresources);
    columns = List.copyOf(columns);
    selectable = Set.copyOf(selectable);
  }

  /// Where the objects of a stored resource lie.
  public StorageLocation location() {
    return stored().location();
  }

  /// Between this version of a stored resource and the stored one.
  public VersionConversion conversion() {
    return stored().conversion();
  }

  /// The rules of a stored resource.
  public Strategy strategy() {
    return stored().strategy();
  }

  /// What writes of a custom resource depend on; null for a built-in kind.
  public @Nullable Guard definitionGuard() {
    return stored().definition();
  }

  private Backing.Stored stored() {
    return switch (backing) {
      case Backing.Stored stored -> stored;
      case Backing.Computed computed ->
          throw new IllegalStateException(gvr + " is computed, not stored");
    };
  }

  public String kind() {
    return names.kind();
  }

  public GroupVersionKind gvk() {
    return new GroupVersionKind(gvr.group(), gvr.version(), names.kind());
  }

  /// The name of a built-in kind's definition; empty for a custom resource.
  public String definition() {
    String ref = openApi.path("$ref").asText("");
    return ref.substring(ref.lastIndexOf('/') + 1);
  }

  public boolean has(String subresource) {
    return subresources.contains(subresource);
  }
}
