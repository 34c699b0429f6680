package io.croft.app.runtime;

import io.croft.pki.Identity;
import io.croft.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;

/// What `kubectl` needs to log in.
///
/// @param server URL of the API
/// @param trusted the authorities that the server's certificate is verified with
/// @param user how the user is called in the file
/// @param identity the user's key and certificate
public record Kubeconfig(
    String server, List<X509Certificate> trusted, String user, Identity identity) {
  /// How the administrator is called in the file.
  public static final String ADMIN = "kubernetes-admin";

  /// Where the appliance leaves its administrator's kubeconfig.
  public static Path file(Path dataDir) {
    return dataDir.resolve("admin.kubeconfig");
  }

  /// The file's text. It holds a private key.
  public String text() {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: croft
      cluster:
        server: %s
        certificate-authority-data: %s
    users:
    - name: %s
      user:
        client-certificate-data: %s
        client-key-data: %s
    contexts:
    - name: croft
      context:
        cluster: croft
        user: %s
    current-context: croft
    """
        .formatted(
            quoted(server),
            base64(Pem.encode(trusted)),
            quoted(user),
            base64(Pem.encode(identity.chain())),
            base64(identity.keyForClients()),
            quoted(user));
  }

  private static String base64(String pem) {
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
  }

  /// A YAML scalar in single quotes, in which only the quote itself is special.
  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
