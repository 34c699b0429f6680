package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A write that is to be admitted.
///
/// @param subresource empty for the object itself
/// @param object what is to be stored; null for a deletion
/// @param old what is stored now, not to be changed; null for a creation
/// @param caller on whose behalf; is told of warnings
/// @param dryRun whether nothing will be stored: nothing else must be changed either
/// @param notes what an admission keeps between its calls for this request, each under itself
public record AdmissionRequest(
    ResourceType type,
    Operation operation,
    String subresource,
    @Nullable ApiObject object,
    @Nullable ApiObject old,
    Caller caller,
    boolean dryRun,
    Map<Admission, Object> notes) {
  /// What is done, in the words of admission webhooks.
  public enum Operation {
    CREATE,
    UPDATE,
    DELETE
  }

  static AdmissionRequest write(
      ResourceType type,
      String subresource,
      ApiObject object,
      @Nullable ApiObject old,
      WriteOptions options) {
    return new AdmissionRequest(
        type,
        old == null ? Operation.CREATE : Operation.UPDATE,
        subresource,
        object,
        old,
        options.caller(),
        options.dryRun(),
        new HashMap<>());
  }

  static AdmissionRequest deletion(
      ResourceType type, ApiObject old, Caller caller, boolean dryRun) {
    return new AdmissionRequest(
        type, Operation.DELETE, "", null, old, caller, dryRun, new HashMap<>());
  }

  public UserInfo user() {
    return caller.user();
  }

  /// Takes what the caller is to be warned of.
  public Consumer<String> warnings() {
    return caller.warnings();
  }

  /// What the request is about: what is to be stored, or for a deletion what is stored.
  public ApiObject subject() {
    ApiObject present = object == null ? old : object;
    if (present == null) {
      throw new IllegalStateException("a write of nothing");
    }
    return present;
  }

  /// Whether it changes what a pod's containers get.
  public boolean resizesPod() {
    return subresource.equals("resize")
        && type.gvr().group().isEmpty()
        && type.gvr().resource().equals("pods");
  }

  /// Whether it is about objects of a built-in resource themselves.
  public boolean concerns(String group, String plural) {
    return subresource.isEmpty()
        && type.gvr().group().equals(group)
        && type.gvr().resource().equals(plural);
  }
}
