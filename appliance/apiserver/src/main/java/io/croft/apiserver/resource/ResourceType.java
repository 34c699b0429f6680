package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.model.schema.StructuralSchema;
import java.util.List;
import java.util.Set;

/// One version of a resource as it is served: what it is called, where it lies, what its objects look like,
/// and what may be done with them. Immutable.
///
/// @param gvr group, version and plural name
/// @param names the other names that clients use
/// @param namespaced whether objects live in a namespace
/// @param verbs what the API offers, in Kubernetes' words
/// @param subresources `status`, `finalize`: the parts with an endpoint of their own
/// @param location where objects are stored
/// @param conversion between this version and the stored one
/// @param schema the shape of the objects
/// @param openApi the same shape as clients see it: an OpenAPI v3 schema, possibly a reference into the
///     definitions of the built-in kinds
/// @param strategy the rules of this kind
/// @param columns what a table shows
/// @param selectable the fields, besides name and namespace, that a field selector may name
/// @param custom whether a custom resource definition defines it
public record ResourceType(
    GroupVersionResource gvr,
    Names names,
    boolean namespaced,
    Set<String> verbs,
    Set<String> subresources,
    StorageLocation location,
    VersionConversion conversion,
    StructuralSchema schema,
    JsonNode openApi,
    Strategy strategy,
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

  public String kind() {
    return names.kind();
  }

  public GroupVersionKind gvk() {
    return new GroupVersionKind(gvr.group(), gvr.version(), names.kind());
  }

  public boolean has(String subresource) {
    return subresources.contains(subresource);
  }
}
