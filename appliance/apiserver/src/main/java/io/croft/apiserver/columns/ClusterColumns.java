package io.croft.apiserver.columns;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.HumanDuration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/// Columns of nodes, volumes, limits and of what extends the cluster.
public final class ClusterColumns {
  private static final String ROLE = "node-role.kubernetes.io/";
  private static final Map<String, String> MODES =
      Map.of(
          "ReadWriteOnce", "RWO",
          "ReadOnlyMany", "ROX",
          "ReadWriteMany", "RWX",
          "ReadWriteOncePod", "RWOP");

  private ClusterColumns() {}

  public static List<Column> node() {
    return List.of(
        Column.NAME,
        Cells.text("Status", "Whether it is ready.", ClusterColumns::nodeStatus),
        Cells.text("Roles", "What it is for.", ClusterColumns::roles),
        Column.AGE,
        Cells.field("Version", "Its kubelet.", "status.nodeInfo.kubeletVersion"),
        address("Internal-IP", "InternalIP"),
        address("External-IP", "ExternalIP"),
        info("OS-Image", "osImage"),
        info("Kernel-Version", "kernelVersion"),
        info("Container-Runtime", "containerRuntimeVersion"));
  }

  private static String nodeStatus(ObjectNode node) {
    String ready = "Unknown";
    for (JsonNode condition : Cells.at(node, "status.conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        ready = condition.path("status").asText().equals("True") ? "Ready" : "NotReady";
      }
    }
    boolean cordoned = Cells.at(node, "spec.unschedulable").asBoolean(false);
    return cordoned ? ready + ",SchedulingDisabled" : ready;
  }

  private static String roles(ObjectNode node) {
    var roles = new TreeSet<String>();
    for (var label : Cells.at(node, "metadata.labels").properties()) {
      if (label.getKey().startsWith(ROLE) && label.getKey().length() > ROLE.length()) {
        roles.add(label.getKey().substring(ROLE.length()));
      } else if (label.getKey().equals("kubernetes.io/role")
          && !label.getValue().asText("").isEmpty()) {
        roles.add(label.getValue().asText());
      }
    }
    return Cells.joined(List.copyOf(roles));
  }

  private static Column address(String name, String type) {
    return Cells.text(
            name,
            "Its address.",
            o -> {
              for (JsonNode address : Cells.at(o, "status.addresses")) {
                if (address.path("type").asText().equals(type)) {
                  return address.path("address").asText();
                }
              }
              return Cells.NONE;
            })
        .wide();
  }

  private static Column info(String name, String field) {
    return Cells.field(name, "What runs on it.", "status.nodeInfo." + field, Cells.UNKNOWN).wide();
  }

  public static List<Column> volume() {
    return List.of(
        Column.NAME,
        Cells.field("Capacity", "Its size.", "spec.capacity.storage"),
        Cells.text(
            "Access Modes", "How it may be mounted.", o -> modes(Cells.at(o, "spec.accessModes"))),
        Cells.field("Reclaim Policy", "What becomes of it.", "spec.persistentVolumeReclaimPolicy"),
        Cells.text("Status", "Where it stands.", o -> phase(o)),
        Cells.text(
            "Claim",
            "Who claims it.",
            o -> {
              JsonNode claim = Cells.at(o, "spec.claimRef");
              return claim.isMissingNode()
                  ? ""
                  : claim.path("namespace").asText() + "/" + claim.path("name").asText();
            }),
        Cells.field("StorageClass", "Its class.", "spec.storageClassName"),
        Cells.field(
            "VolumeAttributesClass",
            "The class of its attributes.",
            "spec.volumeAttributesClassName",
            Cells.UNSET),
        Cells.field("Reason", "Why it stands there.", "status.reason"),
        Column.AGE,
        mode());
  }

  private static String phase(ObjectNode object) {
    boolean going = object.path("metadata").has("deletionTimestamp");
    return going ? "Terminating" : Cells.text(object, "status.phase", "");
  }

  private static Column mode() {
    return Cells.field("VolumeMode", "Files or blocks.", "spec.volumeMode", Cells.UNSET).wide();
  }

  private static String modes(JsonNode modes) {
    return String.join(
        ",", Cells.texts(modes).stream().map(m -> MODES.getOrDefault(m, m)).distinct().toList());
  }

  public static List<Column> claim() {
    return List.of(
        Column.NAME,
        Cells.text("Status", "Where it stands.", o -> phase(o)),
        Cells.field("Volume", "What it got.", "spec.volumeName"),
        Cells.text(
            "Capacity",
            "Its size.",
            o ->
                Cells.text(o, "spec.volumeName", "").isEmpty()
                    ? ""
                    : Cells.text(o, "status.capacity.storage", "")),
        Cells.text(
            "Access Modes",
            "How it may be mounted.",
            o ->
                Cells.text(o, "spec.volumeName", "").isEmpty()
                    ? ""
                    : modes(Cells.at(o, "status.accessModes"))),
        Cells.field("StorageClass", "Its class.", "spec.storageClassName"),
        Cells.field(
            "VolumeAttributesClass",
            "The class of its attributes.",
            "spec.volumeAttributesClassName",
            Cells.UNSET),
        Column.AGE,
        mode());
  }

  public static List<Column> storageClass() {
    return List.of(
        Cells.name(o ->
            Cells.at(o, "metadata.annotations")
                    .path("storageclass.kubernetes.io/is-default-class")
                    .asText("")
                    .equals("true")
                ? " (default)"
                : ""),
        Cells.field("Provisioner", "Who makes volumes.", "provisioner"),
        Cells.field("ReclaimPolicy", "What becomes of volumes.", "reclaimPolicy"),
        Cells.field("VolumeBindingMode", "When volumes are made.", "volumeBindingMode"),
        Cells.flag("AllowVolumeExpansion", "Whether volumes grow.", "allowVolumeExpansion"),
        Column.AGE);
  }

  public static List<Column> driver() {
    return List.of(
        Column.NAME,
        Cells.flag("AttachRequired", "Whether volumes are attached.", "spec.attachRequired"),
        Cells.flag("PodInfoOnMount", "Whether it is told of pods.", "spec.podInfoOnMount"),
        Cells.flag("StorageCapacity", "Whether it tells its capacity.", "spec.storageCapacity"),
        Cells.text(
            "TokenRequests",
            "For whom it wants tokens.",
            o -> {
              List<String> audiences = Cells.each(Cells.at(o, "spec.tokenRequests"), "audience");
              return audiences.isEmpty() ? Cells.UNSET : String.join(",", audiences);
            }),
        Cells.flag(
            "RequiresRepublish", "Whether it is called again and again.", "spec.requiresRepublish"),
        Cells.text(
            "Modes",
            "Lives that volumes may lead.",
            o -> Cells.joined(Cells.texts(Cells.at(o, "spec.volumeLifecycleModes")))),
        Column.AGE);
  }

  public static List<Column> nodeDrivers() {
    return List.of(
        Column.NAME,
        Cells.number(
            "Drivers", "How many there are.", o -> (long) Cells.at(o, "spec.drivers").size()),
        Column.AGE);
  }

  public static List<Column> storageCapacity() {
    return List.of(
        Column.NAME,
        Cells.field("StorageClassName", "Of which class.", "storageClassName"),
        Cells.field("Capacity", "How much there is.", "capacity"),
        Column.AGE);
  }

  public static List<Column> attachment() {
    return List.of(
        Column.NAME,
        Cells.field("Attacher", "Who attaches.", "spec.attacher"),
        Cells.field("PV", "What is attached.", "spec.source.persistentVolumeName"),
        Cells.field("Node", "To which node.", "spec.nodeName"),
        Cells.flag("Attached", "Whether it is.", "status.attached"),
        Column.AGE);
  }

  public static List<Column> attributesClass() {
    return List.of(
        Column.NAME, Cells.field("DriverName", "Whose attributes.", "driverName"), Column.AGE);
  }

  public static List<Column> quota() {
    return List.of(
        Column.NAME,
        Cells.text("Request", "What is asked for, of what may be.", o -> amounts(o, false)),
        Cells.text("Limit", "What is limited to, of what may be.", o -> amounts(o, true)),
        Column.AGE);
  }

  private static String amounts(ObjectNode quota, boolean limits) {
    var texts = new ArrayList<String>();
    for (var hard : Cells.at(quota, "status.hard").properties()) {
      String name = hard.getKey();
      if (name.startsWith("limits.") == limits) {
        String used = Cells.at(quota, "status.used").path(name).asText("0");
        texts.add(name + ": " + used + "/" + hard.getValue().asText());
      }
    }
    texts.sort(null);
    return String.join(", ", texts);
  }

  public static List<Column> componentStatus() {
    return List.of(
        Column.NAME,
        health("Status", "status"),
        health("Message", "message"),
        health("Error", "error"));
  }

  private static Column health(String name, String field) {
    return Cells.text(
        name,
        "How it does.",
        o -> {
          JsonNode first = o.path("conditions").path(0);
          String value = first.path(field).asText("");
          return field.equals("status") ? (value.equals("True") ? "Healthy" : "Unhealthy") : value;
        });
  }

  public static List<Column> certificateRequest() {
    return List.of(
        Column.NAME,
        Column.AGE,
        Cells.field("SignerName", "Who is to sign.", "spec.signerName", Cells.NONE),
        Cells.field("Requestor", "Who asks.", "spec.username"),
        Cells.text(
            "RequestedDuration",
            "For how long.",
            o -> {
              long seconds = Cells.at(o, "spec.expirationSeconds").asLong(0);
              return seconds == 0 ? Cells.NONE : HumanDuration.format(Duration.ofSeconds(seconds));
            }),
        Cells.text("Condition", "What was decided.", ClusterColumns::decision));
  }

  private static String decision(ObjectNode request) {
    var words = new ArrayList<String>();
    List<String> types = Cells.each(Cells.at(request, "status.conditions"), "type");
    for (String type : List.of("Approved", "Denied", "Failed")) {
      if (types.contains(type)) {
        words.add(type);
      }
    }
    if (words.isEmpty()) {
      words.add("Pending");
    }
    if (!Cells.text(request, "status.certificate", "").isEmpty()) {
      words.add("Issued");
    }
    return String.join(",", words);
  }

  public static List<Column> webhooks() {
    return List.of(
        Column.NAME,
        Cells.number("Webhooks", "How many there are.", o -> (long) o.path("webhooks").size()),
        Column.AGE);
  }

  /// @param rules `Validations` or `Mutations`: what the policy consists of
  public static List<Column> admissionPolicy(String rules) {
    String field = "spec." + rules.toLowerCase(Locale.ROOT);
    return List.of(
        Column.NAME,
        Cells.number(rules, "How many rules it has.", o -> (long) Cells.at(o, field).size()),
        Cells.text(
            "ParamKind",
            "What its parameters are.",
            o -> {
              JsonNode kind = Cells.at(o, "spec.paramKind");
              return kind.isMissingNode()
                  ? Cells.UNSET
                  : kind.path("apiVersion").asText() + "/" + kind.path("kind").asText();
            }),
        Column.AGE);
  }

  public static List<Column> admissionPolicyBinding() {
    return List.of(
        Column.NAME,
        Cells.field("PolicyName", "Which policy it puts to work.", "spec.policyName"),
        Cells.text(
            "ParamRef",
            "With which parameters.",
            o -> {
              JsonNode reference = Cells.at(o, "spec.paramRef");
              if (reference.isMissingNode()) {
                return Cells.UNSET;
              }
              String namespace = reference.path("namespace").asText("");
              String name = reference.path("name").asText("*");
              return namespace.isEmpty() ? name : namespace + "/" + name;
            }),
        Column.AGE);
  }

  public static List<Column> apiService() {
    return List.of(
        Column.NAME,
        Cells.text(
            "Service",
            "Who serves it.",
            o -> {
              JsonNode service = Cells.at(o, "spec.service");
              return service.isMissingNode()
                  ? "Local"
                  : service.path("namespace").asText() + "/" + service.path("name").asText();
            }),
        Cells.text(
            "Available",
            "Whether it does.",
            o -> {
              for (JsonNode condition : Cells.at(o, "status.conditions")) {
                if (condition.path("type").asText().equals("Available")) {
                  String status = condition.path("status").asText();
                  return status.equals("True")
                      ? status
                      : status + " (" + condition.path("reason").asText() + ")";
                }
              }
              return "Unknown";
            }),
        Column.AGE);
  }

  public static List<Column> flowSchema() {
    return List.of(
        Column.NAME,
        Cells.field("PriorityLevel", "Its level.", "spec.priorityLevelConfiguration.name"),
        Cells.number("MatchingPrecedence", "Before which others.", "spec.matchingPrecedence"),
        Cells.field(
            "DistinguisherMethod",
            "How flows are told apart.",
            "spec.distinguisherMethod.type",
            Cells.NONE),
        Column.AGE);
  }

  public static List<Column> priorityLevel() {
    String limited = "spec.limited.";
    return List.of(
        Column.NAME,
        Cells.field("Type", "Whether it is limited.", "spec.type"),
        Cells.field(
            "NominalConcurrencyShares",
            "Its share.",
            limited + "nominalConcurrencyShares",
            Cells.NONE),
        Cells.field(
            "Queues", "How many queues.", limited + "limitResponse.queuing.queues", Cells.NONE),
        Cells.field(
            "HandSize", "Queues per flow.", limited + "limitResponse.queuing.handSize", Cells.NONE),
        Cells.field(
            "QueueLengthLimit",
            "Requests per queue.",
            limited + "limitResponse.queuing.queueLengthLimit",
            Cells.NONE),
        Column.AGE);
  }

  public static List<Column> createdAt() {
    return List.of(Column.NAME, Cells.createdAt());
  }
}
