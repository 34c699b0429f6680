package io.croft.certificates.trust;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.LabelSelector;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the certificates that a bundle names. ConfigMaps and Secrets are those of one namespace.
final class BundleSources {
  private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([^-\\n]{1,64})-----");

  /// @param certificates each once, in the order of the sources
  /// @param defaultVersion of the default authorities; empty when they are not among them
  record Resolved(List<X509Certificate> certificates, String defaultVersion) {}

  private final ApiClient client;
  private final String namespace;

  BundleSources(ApiClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  Resolved resolve(ApiObject bundle) throws SourceException {
    Set<X509Certificate> certificates = new LinkedHashSet<>();
    String version = "";
    for (JsonNode source : bundle.json().path("spec").path("sources")) {
      if (source.has("configMap")) {
        addAll(certificates, source.path("configMap"), Resources.CONFIG_MAPS, "ConfigMap");
      } else if (source.has("secret")) {
        addAll(certificates, source.path("secret"), Resources.SECRETS, "Secret");
      } else if (source.has("inLine")) {
        add(certificates, source.path("inLine").asText(""), "inLine");
      } else if (source.path("useDefaultCAs").asBoolean(false)) {
        version = DefaultAuthorities.version();
        try {
          certificates.addAll(DefaultAuthorities.certificates());
        } catch (PkiException e) {
          throw SourceException.unusable(String.valueOf(e.getMessage()));
        }
      }
    }
    if (certificates.isEmpty()) {
      throw SourceException.notFound("there is no certificate in any of them");
    }
    return new Resolved(List.copyOf(certificates), version);
  }

  private void addAll(
      Set<X509Certificate> certificates, JsonNode ref, GroupVersionResource resource, String kind)
      throws SourceException {
    for (ApiObject object : objects(ref, resource, kind)) {
      String where = "the %s %s/%s".formatted(kind, namespace, object.name());
      String key = ref.path("key").asText("");
      if (!key.isEmpty()) {
        Optional<String> text = Optional.ofNullable(contents(object, kind).get(key));
        if (text.isEmpty()) {
          throw SourceException.notFound("%s has no key \"%s\"".formatted(where, key));
        }
        add(certificates, text.get(), where + ", key \"" + key + "\"");
      } else if (ref.path("includeAllKeys").asBoolean(false)) {
        if (object.json().path("type").asText("").equals("kubernetes.io/tls")) {
          throw SourceException.unusable(
              where + " holds a private key: name the key of its certificate instead of all");
        }
        for (var entry : contents(object, kind).entrySet()) {
          add(certificates, entry.getValue(), where + ", key \"" + entry.getKey() + "\"");
        }
      }
    }
  }

  private List<ApiObject> objects(JsonNode ref, GroupVersionResource resource, String kind)
      throws SourceException {
    String name = ref.path("name").asText("");
    if (!name.isEmpty()) {
      Optional<ApiObject> object = client.find(resource, namespace, name);
      if (object.isEmpty()) {
        throw SourceException.notFound(
            "there is no %s \"%s\" in the namespace \"%s\"".formatted(kind, name, namespace));
      }
      return List.of(object.get());
    }
    try {
      LabelSelector selector = LabelSelector.fromJson(ref.path("selector"));
      var selected = ListOptions.ALL.withLabelSelector(selector.toString());
      return client.listAll(resource, namespace, selected).items();
    } catch (IllegalArgumentException e) {
      throw SourceException.unusable("its selector " + e.getMessage());
    }
  }

  /// By key, in alphabetical order.
  private static Map<String, String> contents(ApiObject object, String kind) {
    var contents = new TreeMap<String, String>();
    boolean secret = kind.equals("Secret");
    for (var entry : object.json().path(secret ? "data" : "binaryData").properties()) {
      contents.put(entry.getKey(), SecretData.decode(entry.getValue().asText("")));
    }
    if (!secret) {
      for (var entry : object.json().path("data").properties()) {
        contents.put(entry.getKey(), entry.getValue().asText(""));
      }
    }
    return contents;
  }

  /// Refuses whatever is no certificate: a private key that lies beside it was not meant to be
  /// here, and its owner should hear of that.
  private static void add(Set<X509Certificate> certificates, String text, String where)
      throws SourceException {
    Matcher blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      if (!blocks.group(1).equals("CERTIFICATE")) {
        throw SourceException.unusable(
            "%s holds a PEM block \"%s\", and only certificates may be there"
                .formatted(where, blocks.group(1)));
      }
    }
    try {
      certificates.addAll(Pem.certificates(text));
    } catch (PkiException e) {
      throw SourceException.unusable(where + " " + e.getMessage());
    }
  }
}
