package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.RequestMatcher;
import io.croft.apiserver.policy.PolicyProgram;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A policy and its bindings, read once. Its expressions are compiled when they are first needed.
/// Thread-safe.
final class Policy {
  private final String name;
  private final JsonNode spec;
  private final RequestMatcher matcher;
  private final List<Binding> bindings;
  private volatile @Nullable PolicyProgram program;

  /// Where and how a policy counts.
  ///
  /// @param paramRef names the parameters
  /// @param actions `Deny`, `Warn`, `Audit`
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

  Policy(ApiObject policy, List<Binding> bindings) {
    this.name = policy.name();
    this.spec = policy.json().path("spec");
    this.matcher = RequestMatcher.ofPolicy(spec.path("matchConstraints"), false);
    this.bindings = List.copyOf(bindings);
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

  PolicyProgram program() {
    PolicyProgram known = program;
    if (known == null) {
      known = PolicyProgram.compile(spec);
      program = known;
    }
    return known;
  }
}
