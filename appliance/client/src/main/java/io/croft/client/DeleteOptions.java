package io.croft.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import org.jspecify.annotations.Nullable;

/// How an object is to be deleted, as in `meta/v1` `DeleteOptions`.
///
/// @param uid delete only the object with this UID; empty for any
/// @param resourceVersion delete only this version; empty for any
/// @param propagation what becomes of the objects that it owns; null for the resource's default
/// @param gracePeriodSeconds how long it may take to end; null for the object's own setting
public record DeleteOptions(
    String uid,
    String resourceVersion,
    @Nullable Propagation propagation,
    @Nullable Integer gracePeriodSeconds) {
  public static final DeleteOptions DEFAULT = new DeleteOptions("", "", null, null);

  /// What becomes of the objects that the deleted one owns.
  public enum Propagation {
    /// They stay, without an owner.
    ORPHAN("Orphan"),
    /// They go afterwards.
    BACKGROUND("Background"),
    /// They go first; the owner stays, marked for deletion, until they are gone.
    FOREGROUND("Foreground");

    private final String text;

    Propagation(String text) {
      this.text = text;
    }
  }

  public DeleteOptions withUid(String wanted) {
    return new DeleteOptions(wanted, resourceVersion, propagation, gracePeriodSeconds);
  }

  public DeleteOptions withResourceVersion(String wanted) {
    return new DeleteOptions(uid, wanted, propagation, gracePeriodSeconds);
  }

  public DeleteOptions withPropagation(Propagation wanted) {
    return new DeleteOptions(uid, resourceVersion, wanted, gracePeriodSeconds);
  }

  /// @param seconds 0 deletes at once
  public DeleteOptions withGracePeriod(int seconds) {
    return new DeleteOptions(uid, resourceVersion, propagation, seconds);
  }

  ObjectNode toJson() {
    ObjectNode json = Json.object().put("apiVersion", "v1").put("kind", "DeleteOptions");
    if (!uid.isEmpty()) {
      json.withObject("/preconditions").put("uid", uid);
    }
    if (!resourceVersion.isEmpty()) {
      json.withObject("/preconditions").put("resourceVersion", resourceVersion);
    }
    if (propagation != null) {
      json.put("propagationPolicy", propagation.text);
    }
    if (gracePeriodSeconds != null) {
      json.put("gracePeriodSeconds", gracePeriodSeconds);
    }
    return json;
  }
}
