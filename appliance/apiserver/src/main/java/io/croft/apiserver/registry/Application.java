package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.Statuses;

/// A configuration that a client wants applied to the object of a name.
final class Application {
  private final ResourceType type;
  private final String name;
  private final ApiObject configuration;

  /// @param configuration not changed
  /// @throws io.croft.model.StatusException 400 when it is about something else, or says who owns
  ///   what
  Application(ResourceType type, String name, ObjectNode configuration) {
    this.type = type;
    this.name = name;
    this.configuration = ApiObject.of(configuration.deepCopy());
    checkType();
    checkMetadata();
  }

  private void checkType() {
    String apiVersion = configuration.apiVersion();
    boolean fits =
        apiVersion.equals(type.gvr().apiVersion()) && configuration.kind().equals(type.kind());
    if (!fits) {
      String shown = apiVersion.contains("/") ? apiVersion : "/" + apiVersion;
      throw Statuses.badRequest("invalid object type: " + shown + ", Kind=" + configuration.kind());
    }
  }

  private void checkMetadata() {
    var metadata = configuration.json().path("metadata");
    if (!metadata.isObject() && !metadata.isMissingNode() && !metadata.isNull()) {
      throw Statuses.badRequest("metadata must be an object");
    }
    if (!metadata.path("managedFields").isMissingNode()
        && !metadata.path("managedFields").isNull()) {
      throw Statuses.badRequest("metadata.managedFields must be nil");
    }
    if (configuration.name().isEmpty()) {
      configuration.setName(name);
    } else if (!configuration.name().equals(name)) {
      throw Statuses.badRequest(
          "the name of the object ("
              + configuration.name()
              + ") does not match the name on the URL ("
              + name
              + ")");
    }
  }

  /// @throws io.croft.model.StatusException 409 when it is about an object that must exist already
  void checkCreation() {
    if (!configuration.uid().isEmpty()) {
      throw Statuses.conflict(
          type.gvr().group(),
          type.gvr().resource(),
          name,
          "uid mismatch: the provided object specified uid "
              + configuration.uid()
              + ", and no existing object was found");
    }
  }

  /// What is applied, with the object's name; not to be changed.
  ObjectNode configuration() {
    return configuration.json();
  }
}
