package io.croft.certificates.api;

import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;

/// The resources that certificates are made of and for.
public final class Resources {
  public static final String GROUP = "cert-manager.io";
  public static final String ACME_GROUP = "acme.cert-manager.io";
  public static final GroupVersionResource CERTIFICATES = own("certificates");
  public static final GroupVersionResource REQUESTS = own("certificaterequests");
  public static final GroupVersionResource ISSUERS = own("issuers");
  public static final GroupVersionResource CLUSTER_ISSUERS = own("clusterissuers");
  public static final GroupVersionResource ORDERS = acme("orders");
  public static final GroupVersionResource CHALLENGES = acme("challenges");
  public static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");
  public static final GroupVersionResource CONFIG_MAPS =
      new GroupVersionResource("", "v1", "configmaps");
  public static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");
  public static final GroupVersionResource BUNDLES =
      new GroupVersionResource("trust.cert-manager.io", "v1alpha1", "bundles");
  public static final GroupVersionResource INGRESSES =
      new GroupVersionResource("networking.k8s.io", "v1", "ingresses");
  public static final GroupVersionResource GATEWAYS =
      new GroupVersionResource("gateway.networking.k8s.io", "v1", "gateways");
  public static final GroupVersionResource LISTENER_SETS =
      new GroupVersionResource("gateway.networking.k8s.io", "v1", "listenersets");

  private Resources() {}

  private static GroupVersionResource own(String plural) {
    return new GroupVersionResource(GROUP, "v1", plural);
  }

  private static GroupVersionResource acme(String plural) {
    return new GroupVersionResource(ACME_GROUP, "v1", plural);
  }

  /// Whether a call failed because there is no such object.
  public static boolean notFound(StatusException e) {
    return e.status().code() == 404;
  }
}
