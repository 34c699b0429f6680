package io.croft.certificates.signing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.CertificateChain;
import io.croft.pki.x509.SigningRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Has Vault's PKI engine sign. Logs in for every signature, so that no token is kept.
public final class VaultSigner implements Signer {
  private static final GroupVersionResource ACCOUNTS =
      new GroupVersionResource("", "v1", "serviceaccounts");
  private static final int TOKEN_SECONDS = 600;

  private final ApiClient client;

  public VaultSigner(ApiClient client) {
    this.client = client;
  }

  @Override
  public String type() {
    return "vault";
  }

  @Override
  public Readiness check(ApiObject issuer, String secrets) {
    try (VaultClient vault = connect(issuer, secrets)) {
      login(vault, issuer, secrets);
      return new Readiness(true, "VaultVerified", "Vault lets this issuer in");
    } catch (PkiException | IOException | StatusException e) {
      return new Readiness(false, "VaultError", "Vault cannot be used: " + e.getMessage());
    }
  }

  @Override
  public Outcome sign(Order order) {
    try (VaultClient vault = connect(order.issuer(), order.secrets())) {
      String token;
      try {
        token = login(vault, order.issuer(), order.secrets());
      } catch (IOException | StatusException e) {
        return new Outcome.Pending(
            "VaultInitError", "Vault does not let this issuer in: " + e.getMessage());
      }
      String path = order.issuer().json().at("/spec/vault/path").asText("");
      return issued(vault.post("/v1/" + path, token, wish(order)).path("data"));
    } catch (VaultClient.UnreachableException e) {
      return new Outcome.Pending("VaultInitError", String.valueOf(e.getMessage()));
    } catch (PkiException | IOException e) {
      return new Outcome.Failed("SigningError", "Vault does not sign: " + e.getMessage());
    }
  }

  private static ObjectNode wish(Order order) throws PkiException {
    SigningRequest request = order.spec().signingRequest();
    AlternativeNames names = request.names();
    return Json.object()
        .put("common_name", request.subject().commonName())
        .put("alt_names", String.join(",", names.dnsNames()))
        .put("ip_sans", String.join(",", names.ipAddresses()))
        .put("uri_sans", String.join(",", names.uris()))
        .put("ttl", order.spec().duration().toSeconds() + "s")
        .put("csr", request.pem())
        .put("exclude_cn_from_sans", "true");
  }

  private static Outcome issued(JsonNode data) throws PkiException {
    X509Certificate leaf = Pem.certificates(data.path("certificate").asText("")).getFirst();
    var others = new ArrayList<X509Certificate>();
    for (JsonNode link : data.path("ca_chain")) {
      others.addAll(Pem.certificates(link.asText("")));
    }
    String issuing = data.path("issuing_ca").asText("");
    if (!issuing.isBlank()) {
      others.addAll(Pem.certificates(issuing));
    }
    CertificateChain chain = CertificateChain.of(leaf, others);
    boolean known = chain.served().size() > 1 || !chain.top().equals(leaf);
    return new Outcome.Issued(chain.servedPem(), known ? chain.topPem() : "");
  }

  private VaultClient connect(ApiObject issuer, String secrets) throws PkiException {
    JsonNode vault = issuer.json().path("spec").path("vault");
    String bundle = vault.path("caBundle").asText("");
    String trusted = bundle.isEmpty() ? "" : new String(decode(bundle), StandardCharsets.UTF_8);
    if (vault.has("caBundleSecretRef")) {
      trusted = secret(vault.path("caBundleSecretRef"), "ca.crt", secrets);
    }
    if (vault.has("serverName") || vault.has("clientCertSecretRef")) {
      throw new PkiException("serverName and client certificates are not supported");
    }
    return new VaultClient(
        vault.path("server").asText(""), vault.path("namespace").asText(""), trusted);
  }

  private static byte[] decode(String base64) throws PkiException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new PkiException("caBundle is not Base64", e);
    }
  }

  private String secret(JsonNode ref, String usualKey, String namespace) throws PkiException {
    String name = ref.path("name").asText("");
    String key = ref.path("key").asText("");
    String used = key.isEmpty() ? usualKey : key;
    Optional<ApiObject> secret =
        name.isEmpty() ? Optional.empty() : client.find(Resources.SECRETS, namespace, name);
    String text = secret.map(s -> SecretData.text(s, used)).orElse("").strip();
    if (text.isEmpty()) {
      throw new PkiException(
          "the Secret \"%s\" with the key \"%s\" is missing".formatted(name, used));
    }
    return text;
  }

  private String login(VaultClient vault, ApiObject issuer, String secrets)
      throws PkiException, IOException {
    JsonNode auth = issuer.json().path("spec").path("vault").path("auth");
    if (auth.has("tokenSecretRef")) {
      String token = secret(auth.path("tokenSecretRef"), "token", secrets);
      vault.get("/v1/auth/token/lookup-self", token);
      return token;
    }
    if (auth.has("appRole")) {
      JsonNode role = auth.path("appRole");
      ObjectNode login =
          Json.object()
              .put("role_id", role.path("roleId").asText("").strip())
              .put("secret_id", secret(role.path("secretRef"), "secretId", secrets));
      return vault.login("/v1/auth/" + role.path("path").asText("approle"), login);
    }
    if (auth.has("kubernetes")) {
      JsonNode kubernetes = auth.path("kubernetes");
      ObjectNode login =
          Json.object()
              .put("role", kubernetes.path("role").asText(""))
              .put("jwt", accountToken(kubernetes, issuer, secrets));
      String mount = kubernetes.path("mountPath").asText("");
      return vault.login(mount.isEmpty() ? "/v1/auth/kubernetes" : mount, login);
    }
    throw new PkiException("of the ways to log in, token, appRole and kubernetes are supported");
  }

  private String accountToken(JsonNode kubernetes, ApiObject issuer, String secrets)
      throws PkiException {
    if (kubernetes.has("secretRef")) {
      return secret(kubernetes.path("secretRef"), "token", secrets);
    }
    JsonNode ref = kubernetes.path("serviceAccountRef");
    var audiences = new ArrayList<String>();
    ref.path("audiences").forEach(a -> audiences.add(a.asText("")));
    audiences.add(
        issuer.namespace().isEmpty()
            ? "vault://" + issuer.name()
            : "vault://" + issuer.namespace() + "/" + issuer.name());
    audiences.add(issuer.json().at("/spec/vault/server").asText(""));
    ObjectNode request =
        Json.object().put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
    ObjectNode spec = request.putObject("spec").put("expirationSeconds", TOKEN_SECONDS);
    List.copyOf(audiences).forEach(spec.putArray("audiences")::add);
    ApiObject account =
        ApiObject.of(request).setNamespace(secrets).setName(ref.path("name").asText(""));
    return client
        .createSubresource(ACCOUNTS, account, "token")
        .json()
        .at("/status/token")
        .asText("");
  }
}
