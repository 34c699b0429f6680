package io.croft.apiserver.builtin;

import io.croft.apiserver.columns.ClusterColumns;
import io.croft.apiserver.columns.NetworkColumns;
import io.croft.apiserver.columns.PodColumns;
import io.croft.apiserver.columns.WorkloadColumns;
import io.croft.apiserver.defaults.NetworkDefaults;
import io.croft.apiserver.defaults.PodDefaults;
import io.croft.apiserver.defaults.StorageDefaults;
import io.croft.apiserver.defaults.WorkloadDefaults;
import io.croft.apiserver.resource.GarbageCollection;
import io.croft.apiserver.rules.Cluster;
import io.croft.apiserver.rules.Services;
import io.croft.apiserver.rules.VolumeClaims;
import io.croft.apiserver.rules.Workloads;
import io.croft.model.ApiObject;
import java.util.List;

/// The core group's kinds about workloads and the cluster that they run on.
final class CoreKinds {
  private static final String DEFINITIONS = "io.k8s.api.core.v1.";

  private CoreKinds() {}

  static List<Kind> all(ServiceStrategy services) {
    return List.of(
        kind("Pod", "pods")
            .shortly("po")
            .categories("all")
            .subresources("status", "binding", "eviction", "ephemeralcontainers", "resize")
            .rules(new PodStrategy())
            .columns(PodColumns.pod())
            .selectable(
                "spec.nodeName",
                "spec.restartPolicy",
                "spec.schedulerName",
                "spec.serviceAccountName",
                "spec.hostNetwork",
                "status.phase",
                "status.podIP",
                "status.nominatedNodeName"),
        kind("PodTemplate", "podtemplates")
            .rules(
                new KindStrategy()
                    .defaults(PodDefaults::podTemplate)
                    .rules(Workloads::podTemplate)
                    .generations())
            .columns(WorkloadColumns.podTemplate()),
        kind("ReplicationController", "replicationcontrollers")
            .shortly("rc")
            .categories("all")
            .at("/registry/controllers")
            .subresources("status", "scale")
            .rules(replicationController())
            .columns(WorkloadColumns.replicas())
            .selectable("status.replicas"),
        kind("Service", "services")
            .shortly("svc")
            .categories("all")
            .at("/registry/services/specs")
            .subresources("status")
            .rules(services)
            .columns(NetworkColumns.service())
            .selectable("spec.clusterIP", "spec.type"),
        kind("Endpoints", "endpoints")
            .shortly("ep")
            .at("/registry/services/endpoints")
            .rules(
                new KindStrategy()
                    .defaults(NetworkDefaults::endpoints)
                    .rules(Services::endpoints)
                    .createsOnUpdateToo())
            .columns(NetworkColumns.endpoints()),
        kind("Node", "nodes")
            .shortly("no")
            .cluster()
            .at("/registry/minions")
            .subresources("status")
            .rules(
                new KindStrategy()
                    .defaults(WorkloadDefaults::node)
                    .rules(Cluster::node)
                    .updates(Cluster::nodeUpdate))
            .columns(ClusterColumns.node())
            .selectable("spec.unschedulable"),
        kind("PersistentVolume", "persistentvolumes")
            .shortly("pv")
            .cluster()
            .subresources("status")
            .rules(
                new KindStrategy()
                    .defaults(StorageDefaults::volume)
                    .rules(VolumeClaims::volume)
                    .updates(VolumeClaims::volumeUpdate))
            .columns(ClusterColumns.volume()),
        kind("PersistentVolumeClaim", "persistentvolumeclaims")
            .shortly("pvc")
            .subresources("status")
            .rules(
                new KindStrategy()
                    .defaults(StorageDefaults::claim)
                    .rules(VolumeClaims::claim)
                    .updates(VolumeClaims::claimUpdate))
            .columns(ClusterColumns.claim()),
        kind("ResourceQuota", "resourcequotas")
            .shortly("quota")
            .subresources("status")
            .rules(new KindStrategy().rules(Cluster::quota).updates(Cluster::quotaUpdate))
            .columns(ClusterColumns.quota()),
        kind("LimitRange", "limitranges")
            .shortly("limits")
            .rules(
                new KindStrategy()
                    .defaults(WorkloadDefaults::limitRange)
                    .rules(Cluster::limitRange)
                    .createsOnUpdateToo())
            .columns(ClusterColumns.createdAt()));
  }

  private static KindStrategy replicationController() {
    return new KindStrategy() {
      @Override
      public void prepareForCreate(ApiObject object) {
        super.prepareForCreate(object);
        object.json().putObject("status").put("replicas", 0);
      }

      @Override
      public GarbageCollection garbageCollection() {
        return GarbageCollection.ORPHAN_BY_DEFAULT;
      }
    }.defaults(WorkloadDefaults::replicationController)
        .rules(Workloads::replicationController)
        .generations()
        .scaled();
  }

  private static Kind kind(String kind, String plural) {
    return new Kind("", kind, plural, DEFINITIONS + kind);
  }
}
