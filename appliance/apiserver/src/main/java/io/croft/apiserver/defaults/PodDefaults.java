package io.croft.apiserver.defaults;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// Defaults of pods and of templates of pods.
public final class PodDefaults {
  private static final int FILE_MODE = 0644;

  private PodDefaults() {}

  public static void pod(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    spec(spec);
    Fill.flag(spec, "enableServiceLinks", true);
    for (String list : List.of("containers", "initContainers")) {
      Fill.items(spec, list).forEach(PodDefaults::requestWhatIsLimited);
    }
  }

  public static void podTemplate(ObjectNode object) {
    template(object);
  }

  /// The template in the object's field `template`.
  static void template(ObjectNode parent) {
    if (parent.get("template") instanceof ObjectNode template) {
      spec(Fill.object(template, "spec"));
    }
  }

  /// A container that is limited asks for as much, where it does not say otherwise.
  private static void requestWhatIsLimited(ObjectNode container) {
    ObjectNode resources = Fill.existing(container, "resources");
    if (resources.path("limits").isEmpty()) {
      return;
    }
    ObjectNode requests = Fill.object(resources, "requests");
    for (var limit : resources.path("limits").properties()) {
      if (!requests.has(limit.getKey())) {
        requests.set(limit.getKey(), limit.getValue());
      }
    }
  }

  private static void spec(ObjectNode spec) {
    Fill.text(spec, "restartPolicy", "Always");
    Fill.text(spec, "dnsPolicy", "ClusterFirst");
    Fill.text(spec, "schedulerName", "default-scheduler");
    Fill.number(spec, "terminationGracePeriodSeconds", 30);
    Fill.object(spec, "securityContext");
    sameAccount(spec);
    boolean hostNetwork = spec.path("hostNetwork").asBoolean(false);
    for (String list : List.of("containers", "initContainers", "ephemeralContainers")) {
      Fill.items(spec, list).forEach(container -> container(container, hostNetwork));
    }
    Fill.items(spec, "volumes").forEach(PodDefaults::volume);
  }

  /// The account has an older name, under which it is kept too.
  private static void sameAccount(ObjectNode spec) {
    String name = spec.path("serviceAccountName").asText("");
    String older = spec.path("serviceAccount").asText("");
    if (!name.isEmpty()) {
      spec.put("serviceAccount", name);
    } else if (!older.isEmpty()) {
      spec.put("serviceAccountName", older);
    }
  }

  private static void container(ObjectNode container, boolean hostNetwork) {
    Fill.text(container, "terminationMessagePath", "/dev/termination-log");
    Fill.text(container, "terminationMessagePolicy", "File");
    Fill.text(container, "imagePullPolicy", pullPolicy(container.path("image").asText("")));
    Fill.object(container, "resources");
    for (ObjectNode port : Fill.items(container, "ports")) {
      Fill.text(port, "protocol", "TCP");
      if (hostNetwork && port.has("containerPort")) {
        Fill.numberUnlessZero(port, "hostPort", port.path("containerPort").asInt());
      }
    }
    for (ObjectNode variable : Fill.items(container, "env")) {
      if (variable.path("valueFrom").get("fieldRef") instanceof ObjectNode reference) {
        Fill.text(reference, "apiVersion", "v1");
      }
    }
    for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      if (container.get(probe) instanceof ObjectNode there) {
        probe(there);
      }
    }
    for (String turn : List.of("postStart", "preStop")) {
      httpGet(Fill.existing(container, "lifecycle", turn));
    }
  }

  /// Images without a tag, and the latest ones, change: they are always pulled.
  static String pullPolicy(String image) {
    int slash = image.lastIndexOf('/');
    int colon = image.indexOf(':', slash + 1);
    boolean digest = image.indexOf('@') >= 0;
    boolean latest = colon < 0 || image.substring(colon + 1).equals("latest");
    return latest && !digest ? "Always" : "IfNotPresent";
  }

  private static void probe(ObjectNode probe) {
    Fill.numberUnlessZero(probe, "timeoutSeconds", 1);
    Fill.numberUnlessZero(probe, "periodSeconds", 10);
    Fill.numberUnlessZero(probe, "successThreshold", 1);
    Fill.numberUnlessZero(probe, "failureThreshold", 3);
    httpGet(probe);
    if (probe.get("grpc") instanceof ObjectNode grpc && !grpc.has("service")) {
      grpc.put("service", "");
    }
  }

  private static void httpGet(ObjectNode handler) {
    if (handler.get("httpGet") instanceof ObjectNode get) {
      Fill.text(get, "path", "/");
      Fill.text(get, "scheme", "HTTP");
    }
  }

  private static void volume(ObjectNode volume) {
    boolean named = volume.has("name");
    if (volume.size() == (named ? 1 : 0)) {
      volume.putObject("emptyDir");
    }
    for (String files : List.of("secret", "configMap", "downwardAPI", "projected")) {
      if (volume.get(files) instanceof ObjectNode source) {
        Fill.number(source, "defaultMode", FILE_MODE);
      }
    }
    hostPath(volume);
    for (ObjectNode item : Fill.items(Fill.existing(volume, "downwardAPI"), "items")) {
      fieldReference(item);
    }
    for (ObjectNode source : Fill.items(Fill.existing(volume, "projected"), "sources")) {
      if (source.get("serviceAccountToken") instanceof ObjectNode token) {
        Fill.number(token, "expirationSeconds", 3600);
      }
      Fill.items(Fill.existing(source, "downwardAPI"), "items")
          .forEach(PodDefaults::fieldReference);
    }
    if (volume.path("ephemeral").path("volumeClaimTemplate").get("spec")
        instanceof ObjectNode claim) {
      Fill.text(claim, "volumeMode", "Filesystem");
    }
    if (volume.get("image") instanceof ObjectNode image) {
      Fill.text(image, "pullPolicy", pullPolicy(image.path("reference").asText("")));
    }
    if (volume.get("iscsi") instanceof ObjectNode iscsi) {
      Fill.text(iscsi, "iscsiInterface", "default");
    }
  }

  static void hostPath(ObjectNode volume) {
    if (volume.get("hostPath") instanceof ObjectNode path && !path.has("type")) {
      path.put("type", "");
    }
  }

  private static void fieldReference(ObjectNode item) {
    if (item.get("fieldRef") instanceof ObjectNode reference) {
      Fill.text(reference, "apiVersion", "v1");
    }
  }
}
