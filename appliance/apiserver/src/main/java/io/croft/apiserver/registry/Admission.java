package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import org.jspecify.annotations.Nullable;

/// Has the last word on a create or an update before it is stored: the object is complete and valid
/// by then.
@FunctionalInterface
public interface Admission {
  /// @param object what is to be stored; not to be changed
  /// @param old what is stored now; null for a create
  /// @throws io.croft.model.StatusException to refuse
  void check(ResourceType type, ApiObject object, @Nullable ApiObject old, UserInfo user);
}
