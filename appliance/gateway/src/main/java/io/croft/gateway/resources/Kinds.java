package io.croft.gateway.resources;

import io.croft.model.GroupVersionResource;

/// What routes are made of.
public final class Kinds {
  static final String GROUP = "gateway.networking.k8s.io";
  static final String OWN_GROUP = "gateway.croft.io";

  /// By which classes say that this gateway is meant.
  public static final String CONTROLLER = "gateway.croft.io/controller";

  public static final GroupVersionResource CLASSES = upstream("v1", "gatewayclasses");
  public static final GroupVersionResource GATEWAYS = upstream("v1", "gateways");
  public static final GroupVersionResource ROUTES = upstream("v1", "httproutes");
  public static final GroupVersionResource GRANTS = upstream("v1beta1", "referencegrants");
  public static final GroupVersionResource TLS_POLICIES = upstream("v1", "backendtlspolicies");
  public static final GroupVersionResource ACCESSES =
      new GroupVersionResource(OWN_GROUP, "v1alpha1", "routeaccesses");
  static final String EMISSARY_GROUP = "getambassador.io";
  public static final GroupVersionResource MAPPINGS =
      new GroupVersionResource(EMISSARY_GROUP, "v3alpha1", "mappings");
  public static final GroupVersionResource HOSTS =
      new GroupVersionResource(EMISSARY_GROUP, "v3alpha1", "hosts");
  public static final GroupVersionResource INGRESSES =
      new GroupVersionResource("networking.k8s.io", "v1", "ingresses");
  public static final GroupVersionResource INGRESS_CLASSES =
      new GroupVersionResource("networking.k8s.io", "v1", "ingressclasses");
  static final GroupVersionResource SERVICES = core("services");
  static final GroupVersionResource ENDPOINTS = core("endpoints");
  static final GroupVersionResource NAMESPACES = core("namespaces");
  static final GroupVersionResource SECRETS = core("secrets");
  static final GroupVersionResource CONFIG_MAPS = core("configmaps");
  static final GroupVersionResource SLICES =
      new GroupVersionResource("discovery.k8s.io", "v1", "endpointslices");

  private Kinds() {}

  private static GroupVersionResource upstream(String version, String plural) {
    return new GroupVersionResource(GROUP, version, plural);
  }

  private static GroupVersionResource core(String plural) {
    return new GroupVersionResource("", "v1", plural);
  }
}
