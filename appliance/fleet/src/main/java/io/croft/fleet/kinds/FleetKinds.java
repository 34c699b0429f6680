package io.croft.fleet.kinds;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// Installs the definitions of this module's kinds. What is there is compared by a digest, so that
/// a start costs one read per kind.
public final class FleetKinds implements Component {
  public static final String GROUP = "fleet.croft.io";
  public static final String VERSION = "v1alpha1";
  public static final GroupVersionResource TOKENS =
      new GroupVersionResource(GROUP, VERSION, "jointokens");
  public static final GroupVersionResource MACHINES =
      new GroupVersionResource(GROUP, VERSION, "machines");
  public static final GroupVersionResource COMPONENTS =
      new GroupVersionResource(GROUP, VERSION, "machinecomponents");
  public static final GroupVersionResource COMPONENT_SETS =
      new GroupVersionResource(GROUP, VERSION, "machinecomponentsets");
  public static final GroupVersionResource NODES = new GroupVersionResource("", "v1", "nodes");
  public static final GroupVersionResource LEASES =
      new GroupVersionResource("coordination.k8s.io", "v1", "leases");
  public static final GroupVersionResource SIGNING_REQUESTS =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");

  /// Where nodes show that they live.
  public static final String LEASE_NAMESPACE = "kube-node-lease";

  /// The signer of what hosts log in with.
  public static final String SIGNER = "fleet.croft.io/node";

  /// Before the name of a host in the name of its user.
  public static final String NODE_USER = "system:node:";

  /// The group of those users.
  public static final String NODES_GROUP = "system:nodes";

  /// Before the identifier of a token in the name of who proved to know it.
  public static final String JOINING_USER = "system:croft:join:";

  /// The group of those.
  public static final String JOINING_GROUP = "system:croft:joining";

  /// Holds a machine until what it could log in and join with is taken back.
  public static final String FINALIZER = "fleet.croft.io/certificates";

  /// On a machine whose name another key has taken: what the key before could log in and join with
  /// is still to be taken back, and the new one gets no certificate until then.
  public static final String REPLACED = "fleet.croft.io/replaced";

  private static final String DIGEST = "croft.io/definition-digest";
  private static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");

  private final ApiClient client;
  private volatile boolean installed;

  public FleetKinds(ApiClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "fleet-kinds";
  }

  @Override
  public void start() {
    ApiClient metadata = client.metadataOnly();
    for (GroupVersionResource kind : List.of(TOKENS, MACHINES, COMPONENTS, COMPONENT_SETS)) {
      byte[] yaml = text(kind.resource() + ".yaml");
      String digest = digest(yaml);
      boolean current =
          metadata
              .find(DEFINITIONS, "", kind.resource() + "." + GROUP)
              .filter(d -> digest.equals(d.annotations().get(DIGEST)))
              .isPresent();
      if (!current) {
        client.apply(DEFINITIONS, definition(yaml, digest));
      }
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

  private static byte[] text(String name) {
    try (InputStream in = FleetKinds.class.getResourceAsStream(name)) {
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
