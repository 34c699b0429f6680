package io.croft.apiserver.defaults;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// Defaults of volumes, claims and classes.
public final class StorageDefaults {
  private StorageDefaults() {}

  public static void claim(ObjectNode object) {
    Fill.text(Fill.object(object, "spec"), "volumeMode", "Filesystem");
    Fill.text(Fill.object(object, "status"), "phase", "Pending");
  }

  public static void volume(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.text(spec, "persistentVolumeReclaimPolicy", "Retain");
    Fill.text(spec, "volumeMode", "Filesystem");
    PodDefaults.hostPath(spec);
    Fill.text(Fill.object(object, "status"), "phase", "Pending");
  }

  public static void storageClass(ObjectNode object) {
    Fill.text(object, "reclaimPolicy", "Delete");
    Fill.text(object, "volumeBindingMode", "Immediate");
  }

  public static void driver(ObjectNode object) {
    ObjectNode spec = Fill.object(object, "spec");
    Fill.flag(spec, "attachRequired", true);
    Fill.flag(spec, "podInfoOnMount", false);
    Fill.flag(spec, "storageCapacity", false);
    Fill.flag(spec, "requiresRepublish", false);
    Fill.flag(spec, "seLinuxMount", false);
    Fill.text(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    if (spec.path("volumeLifecycleModes").isEmpty()) {
      spec.putArray("volumeLifecycleModes").add("Persistent");
    }
  }
}
