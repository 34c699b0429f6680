package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;

/// Something that is done with a stored object by creating a subresource of it, and not kept:
/// `serviceaccounts/NAME/token`.
///
/// @param subresource its name in the path
/// @param request what is created and answered
/// @param handler does it
public record Action(String subresource, ResourceType request, Handler handler) {
  /// Carries an action out. Thread-safe.
  @FunctionalInterface
  public interface Handler {
    /// @param object the object that it is done with, as stored
    /// @param request of the right shape; may be changed and returned
    /// @return the answer
    /// @throws io.croft.model.StatusException to refuse
    ObjectNode create(ApiObject object, ObjectNode request, UserInfo user);
  }
}
