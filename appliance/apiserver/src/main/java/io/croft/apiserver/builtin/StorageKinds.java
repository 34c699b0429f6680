package io.croft.apiserver.builtin;

import io.croft.apiserver.columns.ClusterColumns;
import io.croft.apiserver.defaults.StorageDefaults;
import io.croft.apiserver.rules.VolumeClaims;
import java.util.List;

/// The kinds of `storage.k8s.io`.
final class StorageKinds {
  private StorageKinds() {}

  static List<Kind> all() {
    return List.of(
        kind("StorageClass", "storageclasses")
            .shortly("sc")
            .cluster()
            .rules(
                new KindStrategy()
                    .defaults(StorageDefaults::storageClass)
                    .rules(VolumeClaims::storageClass)
                    .updates(VolumeClaims::storageClassUpdate))
            .columns(ClusterColumns.storageClass()),
        kind("CSIDriver", "csidrivers")
            .cluster()
            .rules(
                new KindStrategy()
                    .defaults(StorageDefaults::driver)
                    .rules(VolumeClaims::driver)
                    .updates(VolumeClaims::driverUpdate))
            .columns(ClusterColumns.driver()),
        kind("CSINode", "csinodes")
            .cluster()
            .rules(new KindStrategy().rules(VolumeClaims::nodeDrivers))
            .columns(ClusterColumns.nodeDrivers()),
        kind("CSIStorageCapacity", "csistoragecapacities")
            .rules(
                new KindStrategy()
                    .rules(VolumeClaims::capacity)
                    .updates(VolumeClaims::capacityUpdate))
            .columns(ClusterColumns.storageCapacity()),
        kind("VolumeAttachment", "volumeattachments")
            .cluster()
            .subresources("status")
            .rules(
                new KindStrategy().rules(VolumeClaims::attachment).updates(VolumeClaims::specStays))
            .columns(ClusterColumns.attachment()),
        kind("VolumeAttributesClass", "volumeattributesclasses")
            .shortly("vac")
            .cluster()
            .rules(
                new KindStrategy()
                    .rules(VolumeClaims::attributesClass)
                    .updates(VolumeClaims::attributesClassUpdate))
            .columns(ClusterColumns.attributesClass()));
  }

  private static Kind kind(String kind, String plural) {
    return new Kind("storage.k8s.io", kind, plural, "io.k8s.api.storage.v1." + kind);
  }
}
