package io.croft.apiserver.resource;

import io.croft.model.Names;
import java.util.List;

/// What an object's name must look like.
public enum NameRule {
  SUBDOMAIN {
    @Override
    public List<String> errors(String name) {
      return Names.dns1123Subdomain(name);
    }
  },
  LABEL {
    @Override
    public List<String> errors(String name) {
      return Names.dns1123Label(name);
    }
  },
  /// Anything that can be one segment of a path, as RBAC allows (`system:node-proxier`).
  PATH_SEGMENT {
    @Override
    public List<String> errors(String name) {
      return Names.pathSegment(name);
    }
  };

  /// Everything wrong with a name, in Kubernetes' words.
  public abstract List<String> errors(String name);
}
