package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.pki.Identity;
import java.util.List;
import java.util.Map;

/// What the objects come to at one moment.
///
/// @param certificates what the server shows under names, which may be wildcards
/// @param statuses what the objects are to be told
record Translation(
    RouteTable table, Map<String, Identity> certificates, List<StatusUpdate> statuses) {

  /// @param status the status as it should be
  record StatusUpdate(GroupVersionResource resource, ApiObject object, ObjectNode status) {
    boolean isNews() {
      return !object.json().path("status").equals(status);
    }
  }
}
