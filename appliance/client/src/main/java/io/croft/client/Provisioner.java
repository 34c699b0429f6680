package io.croft.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Sha256;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.MalformedYamlException;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Yaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts the objects into the API that a module declares for itself: its definitions, roles and
/// namespaces. Each carries a digest of what it was declared by, so that a start costs one read of
/// metadata where nothing has changed, and a build that declares it differently brings it up to
/// date.
public final class Provisioner {
  public static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");

  private static final String DIGEST = "croft.io/definition-digest";
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  private static final Logger LOG = LoggerFactory.getLogger(Provisioner.class);

  private final ApiClient client;
  private final ApiClient metadata;

  public Provisioner(ApiClient client) {
    this.client = client;
    this.metadata = client.metadataOnly();
  }

  /// @param name of a YAML file beside the class that holds one definition
  public void definition(Class<?> beside, String name) {
    byte[] yaml = bytes(beside, name);
    try {
      ApiObject definition = ApiObject.of((ObjectNode) Yaml.parse(yaml));
      put(DEFINITIONS, definition, digest(new String(yaml, StandardCharsets.UTF_8)));
    } catch (MalformedYamlException e) {
      throw new IllegalStateException(name + " in this build is malformed", e);
    }
  }

  /// Also takes over what somebody else has installed under the name.
  ///
  /// @param digest of whatever the object is made from
  public void put(GroupVersionResource resource, ApiObject wanted, String digest) {
    if (present(resource, wanted.name()).filter(digest::equals).isEmpty()) {
      apply(resource, wanted, digest);
    }
  }

  /// Leaves alone what somebody else has installed under the name.
  ///
  /// @param digest of whatever the object is made from
  public void putUnlessForeign(GroupVersionResource resource, ApiObject wanted, String digest) {
    if (present(resource, wanted.name()).filter(d -> d.isEmpty() || d.equals(digest)).isEmpty()) {
      apply(resource, wanted, digest);
    }
  }

  public void namespace(String name) {
    if (metadata.find(NAMESPACES, "", name).isPresent()) {
      return;
    }
    ObjectNode json = Json.object().put("apiVersion", "v1").put("kind", "Namespace");
    try {
      client.create(NAMESPACES, ApiObject.of(json).setName(name));
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.ALREADY_EXISTS.code()) {
        throw e;
      }
    }
  }

  /// @return the text of a file of this build that lies beside the class
  public static String text(Class<?> beside, String name) {
    return new String(bytes(beside, name), StandardCharsets.UTF_8);
  }

  /// @return the content of a file of this build that lies beside the class
  public static byte[] bytes(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String digest(String text) {
    byte[] sum = Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(sum, 0, 16);
  }

  /// @return the digest of what is there, empty text where it has none
  private Optional<String> present(GroupVersionResource resource, String name) {
    return metadata
        .find(resource, "", name)
        .map(there -> there.annotations().getOrDefault(DIGEST, ""));
  }

  private void apply(GroupVersionResource resource, ApiObject wanted, String digest) {
    var annotations = new LinkedHashMap<>(wanted.annotations());
    annotations.put(DIGEST, digest);
    client.apply(resource, wanted.setAnnotations(annotations));
    LOG.atInfo()
        .addKeyValue("kind", wanted.kind())
        .addKeyValue("name", wanted.name())
        .log("Installed what this build declares");
  }
}
