package io.croft.apiserver.admission.policy;

import io.croft.apiserver.cel.Values;
import io.croft.apiserver.cel.Variables;
import io.croft.apiserver.policy.AdmissionTypes;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.StoredJson;
import org.jspecify.annotations.Nullable;

/// One time that a policy is asked about a request: under one binding, with one parameter.
///
/// @param <T> a compiled policy
/// @param as the version of the resource that the request is judged in
/// @param param null when there is none
record Invocation<T>(
    Policy<T> policy, Policy.Binding binding, ResourceType as, @Nullable ApiObject param) {
  /// A request with this invocation's parameter.
  Variables variables(Variables request) {
    Object params = param == null ? Values.none() : Values.of(StoredJson.whole(param.json()));
    return name -> name.equals(AdmissionTypes.PARAMS) ? params : request.find(name);
  }
}
