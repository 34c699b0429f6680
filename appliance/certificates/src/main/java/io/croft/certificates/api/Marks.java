package io.croft.certificates.api;

/// Annotations and labels of cert-manager.
public final class Marks {
  public static final String PREFIX = "cert-manager.io/";
  public static final String CERTIFICATE_NAME = "cert-manager.io/certificate-name";
  public static final String REVISION = "cert-manager.io/certificate-revision";
  public static final String PRIVATE_KEY = "cert-manager.io/private-key-secret-name";
  public static final String ISSUER = "cert-manager.io/issuer";
  public static final String CLUSTER_ISSUER = "cert-manager.io/cluster-issuer";
  public static final String ISSUER_NAME = "cert-manager.io/issuer-name";
  public static final String ISSUER_KIND = "cert-manager.io/issuer-kind";
  public static final String ISSUER_GROUP = "cert-manager.io/issuer-group";
  public static final String TEMPORARY = "cert-manager.io/issue-temporary-certificate";
  public static final String DIRECT_INJECTION = "cert-manager.io/allow-direct-injection";

  /// Ours: whether a certificate, or every one of an issuer, is issued anew when the issuer's
  /// authority is replaced.
  public static final String REISSUE = "croft.io/reissue-on-ca-rotation";

  /// A label: a private key that waits for its certificate.
  public static final String NEXT_PRIVATE_KEY = "cert-manager.io/next-private-key";

  /// A label: a Secret whose content matters to the controllers.
  public static final String FAO = "controller.cert-manager.io/fao";

  private Marks() {}
}
