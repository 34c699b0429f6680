package io.croft.security.identity;

import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Provisioner;
import io.croft.model.GroupVersionResource;

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
    var provisioner = new Provisioner(client);
    provisioner.definition(IdentityKinds.class, "users.yaml");
    provisioner.definition(IdentityKinds.class, "groups.yaml");
    provisioner.namespace(NAMESPACE);
    installed = true;
  }

  @Override
  public boolean ready() {
    return installed;
  }

  @Override
  public void stop() {}
}
