package io.croft.apiserver.controllers.garbage;

import io.croft.model.OwnerReference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The kinds that owner references may speak of, as they are served now. Thread-safe.
final class OwnerKinds {
  private record Key(String group, String kind) {}

  private volatile Map<Key, CollectedKind> kinds = Map.of();

  void replace(List<CollectedKind> served) {
    kinds =
        served.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    k -> new Key(k.group(), k.kind()), Function.identity(), (a, b) -> a));
  }

  /// Any version will do: the uid tells whether it is the object that is meant.
  Optional<CollectedKind> find(OwnerReference reference) {
    return Optional.ofNullable(kinds.get(new Key(Identity.group(reference), reference.kind())));
  }
}
