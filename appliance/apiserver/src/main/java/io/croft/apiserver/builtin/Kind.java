package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.resource.Strategy;
import io.croft.apiserver.resource.VersionConversion;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// A built-in kind while it is being described.
final class Kind {
  private final String group;
  private final String version;
  private final String kind;
  private final String plural;
  private final String definition;
  private String singular;
  private List<String> shortNames = List.of();
  private List<String> categories = List.of();
  private boolean namespaced = true;
  private Set<String> verbs = ResourceType.STORED_VERBS;
  private Set<String> subresources = Set.of();
  private Set<String> selectable = Set.of();
  private String prefix;
  private VersionConversion conversion;
  private Strategy strategy = Strategy.PLAIN;
  private List<Column> columns = List.of(Column.NAME, Column.AGE);

  Kind(String group, String kind, String plural, String definition) {
    this(group, "v1", kind, plural, definition);
  }

  Kind(String group, String version, String kind, String plural, String definition) {
    this.group = group;
    this.version = version;
    this.kind = kind;
    this.plural = plural;
    this.definition = definition;
    this.prefix = "/registry/" + plural;
    String apiVersion = new GroupVersionResource(group, version, plural).apiVersion();
    this.conversion = VersionConversion.named(apiVersion);
    this.singular = kind.toLowerCase(Locale.ROOT);
  }

  Kind named(String singularName, String... shorts) {
    singular = singularName;
    shortNames = List.of(shorts);
    return this;
  }

  Kind shortly(String... shorts) {
    shortNames = List.of(shorts);
    return this;
  }

  Kind categories(String... names) {
    categories = List.of(names);
    return this;
  }

  Kind cluster() {
    namespaced = false;
    return this;
  }

  Kind without(String verb) {
    verbs = verbs.stream().filter(v -> !v.equals(verb)).collect(Collectors.toSet());
    return this;
  }

  Kind subresources(String... names) {
    subresources = Set.of(names);
    return this;
  }

  Kind selectable(String... fields) {
    selectable = Set.of(fields);
    return this;
  }

  Kind at(String storagePrefix) {
    prefix = storagePrefix;
    return this;
  }

  Kind converted(VersionConversion by) {
    conversion = by;
    return this;
  }

  Kind rules(Strategy rules) {
    strategy = rules;
    return this;
  }

  Kind columns(Column... shown) {
    return columns(List.of(shown));
  }

  Kind columns(List<Column> shown) {
    columns = shown;
    return this;
  }

  ResourceType type(Definitions definitions) {
    ObjectNode reference = Json.object().put("$ref", Definitions.REF + definition);
    return new ResourceType(
        new GroupVersionResource(group, version, plural),
        new ResourceType.Names(kind, kind + "List", singular, shortNames, categories),
        namespaced,
        verbs,
        subresources,
        new Backing.Stored(new StorageLocation(prefix, namespaced), conversion, strategy, null),
        definitions.schema(definition),
        definitions.patches(definition),
        reference,
        columns,
        selectable,
        false);
  }
}
