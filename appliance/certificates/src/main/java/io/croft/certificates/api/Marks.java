package io.croft.certificates.api;

/// Annotations and labels of cert-manager.
public final class Marks {
  public static final String PREFIX = "cert-manager.io/";
  public static final String CERTIFICATE_NAME = "cert-manager.io/certificate-name";
  public static final String REVISION = "cert-manager.io/certificate-revision";
  public static final String PRIVATE_KEY = "cert-manager.io/private-key-secret-name";
  public static final String ISSUER_NAME = "cert-manager.io/issuer-name";
  public static final String ISSUER_KIND = "cert-manager.io/issuer-kind";
  public static final String ISSUER_GROUP = "cert-manager.io/issuer-group";
  public static final String TEMPORARY = "cert-manager.io/issue-temporary-certificate";
  public static final String DIRECT_INJECTION = "cert-manager.io/allow-direct-injection";

  /// Our own: the digest of the authority that a Secret's certificate comes from, and the wish to
  /// be issued anew when that changes.
  public static final String REISSUE_WITH_CA = "croft.io/reissue-on-ca-change";

  /// A label: a private key that waits for its certificate.
  public static final String NEXT_PRIVATE_KEY = "cert-manager.io/next-private-key";

  /// A label: a Secret whose content matters to the controllers.
  public static final String FAO = "controller.cert-manager.io/fao";

  private Marks() {}
}
