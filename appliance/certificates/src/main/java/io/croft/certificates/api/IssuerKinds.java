package io.croft.certificates.api;

import java.util.List;
import java.util.Optional;

/// Which kinds of issuers the API has, ours and those that others sign for.
@FunctionalInterface
public interface IssuerKinds {
  /// @param plural for example `issuers`
  record IssuerKind(String plural, boolean namespaced) {}

  /// Empty while no such kind is served.
  Optional<IssuerKind> find(String group, String kind);

  /// The names of `signers` by which requests to an issuer are approved: that of its whole kind,
  /// such as `issuers.example.com/*`, and its own, which has the namespace when the kind has one:
  /// `issuers.example.com/default.mine`.
  ///
  /// @param namespace of the request
  /// @return empty while its kind is not served
  default List<String> signers(IssuerRef ref, String namespace) {
    IssuerRef full = ref.withDefaults();
    return find(full.group(), full.kind())
        .map(kind -> {
          String all = kind.plural() + "." + full.group() + "/";
          String name = kind.namespaced() ? namespace + "." + full.name() : full.name();
          return List.of(all + "*", all + name);
        })
        .orElse(List.of());
  }
}
