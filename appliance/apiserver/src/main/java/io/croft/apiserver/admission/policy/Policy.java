package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.RequestMatcher;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A policy and its bindings, read once. Its expressions are compiled when they are first needed.
/// Thread-safe.
///
/// @param <T> a compiled policy
final class Policy<T> {
  private final String name;
  private final JsonNode spec;
  private final RequestMatcher matcher;
  private final List<Binding> bindings;
  private final Function<JsonNode, T> compiler;
  private volatile @Nullable T program;

  /// Where and how a policy counts.
  ///
  /// @param paramRef names the parameters
  /// @param actions `Deny`, `Warn`, `Audit`; none where the policy does not judge
  record Binding(String name, RequestMatcher matcher, JsonNode paramRef, List<String> actions) {
    static Binding of(ApiObject binding) {
      JsonNode spec = binding.json().path("spec");
      List<String> actions =
          spec.path("validationActions").valueStream().map(JsonNode::asText).toList();
      return new Binding(
          binding.name(),
          RequestMatcher.ofPolicy(spec.path("matchResources"), true),
          spec.path("paramRef"),
          actions);
    }
  }

  Policy(ApiObject policy, List<Binding> bindings, Function<JsonNode, T> compiler) {
    this.name = policy.name();
    this.spec = policy.json().path("spec");
    this.matcher = RequestMatcher.ofPolicy(spec.path("matchConstraints"), false);
    this.bindings = List.copyOf(bindings);
    this.compiler = compiler;
  }

  String name() {
    return name;
  }

  RequestMatcher matcher() {
    return matcher;
  }

  List<Binding> bindings() {
    return bindings;
  }

  boolean ignoresFailure() {
    return spec.path("failurePolicy").asText("").equals("Ignore");
  }

  /// Of what kind its parameters are; null when it has none.
  @Nullable GroupVersionKind paramKind() {
    JsonNode kind = spec.path("paramKind");
    return kind.isObject()
        ? GroupVersionKind.parse(kind.path("apiVersion").asText(""), kind.path("kind").asText(""))
        : null;
  }

  /// Whether it is asked again when others have changed the object after it.
  boolean isReinvoked() {
    return spec.path("reinvocationPolicy").asText("").equals("IfNeeded");
  }

  T program() {
    T known = program;
    if (known == null) {
      known = compiler.apply(spec);
      program = known;
    }
    return known;
  }
}
