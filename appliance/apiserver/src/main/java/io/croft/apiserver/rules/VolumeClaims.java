package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import java.util.List;

/// Persistent volumes, claims on them, and the classes that they are made by.
public final class VolumeClaims {
  private static final String[] ACCESS_MODES = {
    "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"
  };

  private VolumeClaims() {}

  public static void claim(Field object) {
    spec(object.at("spec"));
  }

  /// A claim's spec, which templates of claims have too.
  static void spec(Field spec) {
    accessModes(spec.at("accessModes"));
    Labels.selector(spec.at("selector"));
    Field storage = spec.at("resources", "requests", "storage");
    if (!storage.present()) {
      spec.at("resources").key("storage").required("");
    } else if (storage.amount().signum() <= 0) {
      spec.at("resources").key("storage").invalid(storage.node(), "must be greater than zero");
    }
    if (!spec.at("storageClassName").empty()) {
      spec.at("storageClassName").dnsSubdomain();
    }
    spec.at("volumeMode").oneOf("Block", "Filesystem");
    Field source = spec.at("dataSource");
    if (source.present()) {
      source.at("name").need();
      source.at("kind").need();
    }
  }

  private static void accessModes(Field modes) {
    if (modes.empty()) {
      modes.required("at least 1 access mode is required");
      return;
    }
    modes.items().forEach(mode -> mode.oneOf(ACCESS_MODES));
    if (modes.texts().contains("ReadWriteOncePod") && modes.node().size() > 1) {
      modes.forbidden("may not use ReadWriteOncePod with other access modes");
    }
  }

  /// A claim keeps what it asks for, but it may be bound, and ask for more room once it is.
  public static void claimUpdate(Field object, Field old) {
    Field spec = object.at("spec");
    Field before = old.at("spec");
    Field asked = spec.at("resources", "requests", "storage");
    Field had = before.at("resources", "requests", "storage");
    boolean bound = old.at("status", "phase").text().equals("Bound");
    ObjectNode now = fixed(spec, before, bound);
    ObjectNode then = fixed(before, before, bound);
    if (!now.equals(then)) {
      spec.forbidden(
          "spec is immutable after creation except resources.requests and volumeAttributesClassName"
              + " for bound claims");
    } else if (bound && asked.amount().compareTo(had.amount()) < 0) {
      spec.at("resources", "requests", "storage")
          .forbidden(
              "field can not be less than status.capacity"); // growing is all that volumes can do
    }
  }

  private static ObjectNode fixed(Field spec, Field before, boolean bound) {
    ObjectNode fixed = spec.node().deepCopy();
    if (before.at("volumeName").empty()) {
      fixed.remove("volumeName");
    }
    if (bound) {
      fixed.remove("volumeAttributesClassName");
      if (fixed.path("resources").get("requests") instanceof ObjectNode requests) {
        requests.remove("storage");
      }
    }
    return fixed;
  }

  public static void volume(Field object) {
    Field spec = object.at("spec");
    accessModes(spec.at("accessModes"));
    Field capacity = spec.at("capacity");
    if (capacity.empty()) {
      capacity.required("");
    } else {
      if (!capacity.at("storage").present() || capacity.node().size() > 1) {
        capacity.add(FieldError.notSupported(capacity.path(), capacity.node(), List.of("storage")));
      }
      for (Field amount : capacity.values()) {
        if (amount.amount().signum() <= 0) {
          amount.invalid("must be greater than zero");
        }
      }
    }
    source(spec);
    spec.at("persistentVolumeReclaimPolicy").oneOf("Delete", "Recycle", "Retain");
    if (!spec.at("storageClassName").empty()) {
      spec.at("storageClassName").dnsSubdomain();
    }
    spec.at("volumeMode").oneOf("Block", "Filesystem");
    Field required = spec.at("nodeAffinity", "required");
    if (spec.at("nodeAffinity").present()
        && required.need("must specify required node constraints")) {
      Placement.nodeSelector(required);
    }
  }

  private static final List<String> NO_SOURCES =
      List.of(
          "accessModes",
          "capacity",
          "claimRef",
          "mountOptions",
          "nodeAffinity",
          "persistentVolumeReclaimPolicy",
          "storageClassName",
          "volumeAttributesClassName",
          "volumeMode");

  private static void source(Field spec) {
    ObjectNode sources = spec.node() instanceof ObjectNode there ? there.deepCopy() : null;
    if (sources == null) {
      spec.required("");
      return;
    }
    sources.remove(NO_SOURCES);
    sources.properties().removeIf(e -> e.getValue().isNull());
    if (sources.isEmpty()) {
      spec.required("must specify a volume type");
    }
    sources.properties().stream()
        .skip(1)
        .forEach(e -> spec.at(e.getKey()).forbidden("may not specify more than 1 volume type"));
    if (spec.at("hostPath").present()) {
      Volumes.hostPath(spec.at("hostPath"));
    }
    if (spec.at("nfs").present()) {
      Volumes.nfs(spec.at("nfs"));
    }
    if (spec.at("csi").present()) {
      spec.at("csi", "driver").need();
      spec.at("csi", "volumeHandle").need();
    }
    if (spec.at("local").present()) {
      spec.at("local", "path").need();
      spec.at("nodeAffinity").need("Local volume requires node affinity");
    }
  }

  public static void volumeUpdate(Field object, Field old) {
    Field spec = object.at("spec");
    Field before = old.at("spec");
    for (var entry : before.node().properties()) {
      if (!NO_SOURCES.contains(entry.getKey())
          && !spec.at(entry.getKey()).same(before.at(entry.getKey()))) {
        spec.forbidden("spec.persistentvolumesource is immutable after creation");
        return;
      }
    }
    spec.at("volumeMode").unchanged(before.at("volumeMode"));
  }

  public static void storageClass(Field object) {
    object.at("provisioner").need();
    object.at("reclaimPolicy").oneOf("Delete", "Retain");
    object.at("volumeBindingMode").needOneOf("Immediate", "WaitForFirstConsumer");
    if (object.at("parameters").node().size() > 512) {
      object.at("parameters").add(FieldError.tooLong("Provisioner Parameters Length", 512));
    }
    for (Field term : object.at("allowedTopologies").items()) {
      for (Field expression : term.at("matchLabelExpressions").items()) {
        expression.at("key").need();
        expression.at("values").need();
      }
    }
  }

  public static void storageClassUpdate(Field object, Field old) {
    if (!object.at("parameters").same(old.at("parameters"))) {
      object.at("parameters").forbidden("updates to parameters are forbidden.");
    }
    if (!object.at("provisioner").same(old.at("provisioner"))) {
      object.at("provisioner").forbidden("updates to provisioner are forbidden.");
    }
    if (!object.at("reclaimPolicy").same(old.at("reclaimPolicy"))) {
      object.at("reclaimPolicy").forbidden("updates to reclaimPolicy are forbidden.");
    }
    object.at("volumeBindingMode").unchanged(old.at("volumeBindingMode"));
  }

  public static void attachment(Field object) {
    Field spec = object.at("spec");
    spec.at("attacher").need();
    spec.at("nodeName").need();
    Field source = spec.at("source");
    boolean named = !source.at("persistentVolumeName").empty();
    boolean inline = source.at("inlineVolumeSpec").present();
    if (named && inline) {
      source.forbidden("inlineVolumeSpec and persistentVolumeName are mutually exclusive");
    } else if (!named && !inline) {
      source.required("exactly one of inlineVolumeSpec and persistentVolumeName must be specified");
    }
  }

  public static void specStays(Field object, Field old) {
    object.at("spec").unchanged(old.at("spec"));
  }

  public static void driver(Field object) {
    object
        .at("spec", "volumeLifecycleModes")
        .items()
        .forEach(mode -> mode.oneOf("Ephemeral", "Persistent"));
    object.at("spec", "fsGroupPolicy").oneOf("File", "None", "ReadWriteOnceWithFSType");
  }

  public static void driverUpdate(Field object, Field old) {
    for (String field : List.of("attachRequired", "volumeLifecycleModes")) {
      object.at("spec", field).unchanged(old.at("spec", field));
    }
  }

  public static void nodeDrivers(Field object) {
    Field drivers = object.at("spec", "drivers");
    drivers.uniqueBy("name");
    for (Field driver : drivers.items()) {
      driver.at("name").need();
      driver.at("nodeID").need();
      driver.at("allocatable", "count").nonNegative();
    }
  }

  public static void attributesClass(Field object) {
    object.at("driverName").need();
    object.at("parameters").need();
  }

  public static void attributesClassUpdate(Field object, Field old) {
    object.at("driverName").unchanged(old.at("driverName"));
    object.at("parameters").unchanged(old.at("parameters"));
  }

  public static void capacity(Field object) {
    object.at("storageClassName").need();
    object.at("capacity").nonNegativeAmount();
    object.at("maximumVolumeSize").nonNegativeAmount();
    Labels.selector(object.at("nodeTopology"));
  }

  public static void capacityUpdate(Field object, Field old) {
    object.at("storageClassName").unchanged(old.at("storageClassName"));
    object.at("nodeTopology").unchanged(old.at("nodeTopology"));
  }
}
