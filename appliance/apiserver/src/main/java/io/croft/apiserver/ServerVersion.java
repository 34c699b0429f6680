package io.croft.apiserver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;

/// What the server says of itself at `/version`.
///
/// @param croft the appliance's own version, for example `0.1.0`
/// @param commit the commit that it was built from; empty when not known
/// @param built when, in RFC 3339
public record ServerVersion(String croft, String commit, String built) {
  /// The Kubernetes release whose API is served.
  private static final int MAJOR = 1;

  private static final int MINOR = 34;

  public String gitVersion() {
    return "v" + MAJOR + "." + MINOR + ".0+croft." + croft;
  }

  ObjectNode toJson() {
    return Json.object()
        .put("major", Integer.toString(MAJOR))
        .put("minor", Integer.toString(MINOR))
        .put("gitVersion", gitVersion())
        .put("gitCommit", commit)
        .put("gitTreeState", "clean")
        .put("buildDate", built)
        .put("goVersion", "")
        .put("compiler", "java" + Runtime.version().feature())
        .put("platform", platform());
  }

  private static String platform() {
    String arch = System.getProperty("os.arch", "unknown");
    return "linux/" + (arch.equals("aarch64") ? "arm64" : arch);
  }
}
