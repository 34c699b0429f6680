package io.croft.security.identity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// Installs the definitions of `User` and `Group`, and the namespace in which what proves who users
/// are is kept. What is there is compared by a digest, so that a start costs one read per kind.
public final class IdentityKinds implements Component {
  public static final String GROUP = "identity.croft.io";
  public static final String VERSION = "v1alpha1";
  public static final GroupVersionResource USERS =
      new GroupVersionResource(GROUP, VERSION, "users");
  public static final GroupVersionResource GROUPS =
      new GroupVersionResource(GROUP, VERSION, "groups");

  /// Where passwords, sessions and signing keys are.
  public static final String NAMESPACE = "croft-identity";

  static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");

  private static final String DIGEST = "croft.io/definition-digest";
  private static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");

  private final ApiClient client;
  private volatile boolean installed;

  public IdentityKinds(ApiClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "identity-kinds";
  }

  @Override
  public void start() {
    ApiClient metadata = client.metadataOnly();
    for (String plural : List.of("users", "groups")) {
      byte[] yaml = text(plural + ".yaml");
      String digest = digest(yaml);
      boolean current =
          metadata
              .find(DEFINITIONS, "", plural + "." + GROUP)
              .filter(d -> digest.equals(d.annotations().get(DIGEST)))
              .isPresent();
      if (!current) {
        client.apply(DEFINITIONS, definition(yaml, digest));
      }
    }
    if (metadata.find(NAMESPACES, "", NAMESPACE).isEmpty()) {
      createNamespace();
    }
    installed = true;
  }

  private static ApiObject definition(byte[] yaml, String digest) {
    try {
      ApiObject definition = ApiObject.of((ObjectNode) Yaml.parse(yaml));
      definition.metadata().putObject("annotations").put(DIGEST, digest);
      return definition;
    } catch (MalformedYamlException e) {
      throw new IllegalStateException("a definition in this build is malformed", e);
    }
  }

  private void createNamespace() {
    ObjectNode json = Json.object().put("apiVersion", "v1").put("kind", "Namespace");
    try {
      client.create(NAMESPACES, ApiObject.of(json).setName(NAMESPACE));
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.ALREADY_EXISTS.code()) {
        throw e;
      }
    }
  }

  private static byte[] text(String name) {
    try (InputStream in = IdentityKinds.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String digest(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK lacks SHA-256", e);
    }
  }

  @Override
  public boolean ready() {
    return installed;
  }

  @Override
  public void stop() {}
}
