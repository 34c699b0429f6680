package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.columns.WorkloadColumns;
import io.croft.apiserver.defaults.WorkloadDefaults;
import io.croft.apiserver.rules.Cluster;
import io.croft.apiserver.rules.Jobs;
import io.croft.apiserver.rules.Workloads;
import io.croft.model.ApiObject;
import java.util.List;
import java.util.function.Consumer;

/// Kinds that make, scale and protect pods: `apps`, `batch`, `autoscaling`, `policy`,
/// `scheduling.k8s.io` and `node.k8s.io`.
final class WorkloadKinds {
  private WorkloadKinds() {}

  static List<Kind> all(Definitions definitions) {
    return List.of(
        apps("Deployment", "deployments")
            .shortly("deploy")
            .subresources("status", "scale")
            .rules(
                new KindStrategy()
                    .defaults(WorkloadDefaults::deployment)
                    .rules(Workloads::deployment)
                    .updates(Workloads::selectorStays)
                    .generations()
                    .scaled())
            .columns(WorkloadColumns.deployment()),
        apps("ReplicaSet", "replicasets")
            .shortly("rs")
            .subresources("status", "scale")
            .rules(
                noting(object -> object.json().putObject("status").put("replicas", 0))
                    .defaults(WorkloadDefaults::replicaSet)
                    .rules(Workloads::replicaSet)
                    .updates(Workloads::selectorStays)
                    .generations()
                    .scaled())
            .columns(WorkloadColumns.replicas())
            .selectable("status.replicas"),
        apps("StatefulSet", "statefulsets")
            .shortly("sts")
            .subresources("status", "scale")
            .rules(
                noting(object -> object.json().putObject("status").put("replicas", 0))
                    .defaults(WorkloadDefaults::statefulSet)
                    .rules(Workloads::statefulSet)
                    .updates(Workloads::statefulSetUpdate)
                    .generations()
                    .scaled())
            .columns(WorkloadColumns.statefulSet()),
        apps("DaemonSet", "daemonsets")
            .shortly("ds")
            .subresources("status")
            .rules(
                noting(object ->
                        object
                            .json()
                            .putObject("status")
                            .put("currentNumberScheduled", 0)
                            .put("desiredNumberScheduled", 0)
                            .put("numberMisscheduled", 0)
                            .put("numberReady", 0))
                    .defaults(WorkloadDefaults::daemonSet)
                    .rules(Workloads::daemonSet)
                    .updates(Workloads::selectorStays)
                    .generations())
            .columns(WorkloadColumns.daemonSet()),
        new Kind(
                "apps",
                "ControllerRevision",
                "controllerrevisions",
                "io.k8s.api.apps.v1.ControllerRevision")
            .rules(
                new KindStrategy()
                    .rules(Workloads::controllerRevision)
                    .updates(Workloads::controllerRevisionUpdate))
            .columns(WorkloadColumns.controllerRevision()),
        new Kind("batch", "Job", "jobs", "io.k8s.api.batch.v1.Job")
            .categories("all")
            .subresources("status")
            .rules(new JobStrategy())
            .columns(WorkloadColumns.job()),
        new Kind("batch", "CronJob", "cronjobs", "io.k8s.api.batch.v1.CronJob")
            .shortly("cj")
            .categories("all")
            .subresources("status")
            .rules(
                new KindStrategy()
                    .defaults(WorkloadDefaults::cronJob)
                    .rules(Jobs::cronJob)
                    .generations())
            .columns(WorkloadColumns.cronJob()),
        autoscaler("v2").rules(autoscalerRules(WorkloadDefaults::autoscaler)),
        autoscaler("v1")
            .converted(
                new AutoscalerConversion(
                    definitions.schema("io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler")))
            .rules(autoscalerRules(WorkloadDefaults::olderAutoscaler)),
        new Kind(
                "policy",
                "PodDisruptionBudget",
                "poddisruptionbudgets",
                "io.k8s.api.policy.v1.PodDisruptionBudget")
            .shortly("pdb")
            .subresources("status")
            .rules(new KindStrategy().rules(Workloads::podDisruptionBudget).generations())
            .columns(WorkloadColumns.disruptionBudget()),
        new Kind(
                "scheduling.k8s.io",
                "PriorityClass",
                "priorityclasses",
                "io.k8s.api.scheduling.v1.PriorityClass")
            .shortly("pc")
            .cluster()
            .rules(
                new KindStrategy()
                    .defaults(WorkloadDefaults::priorityClass)
                    .rules(Workloads::priorityClass)
                    .updates(Workloads::priorityClassUpdate)
                    .generations())
            .columns(WorkloadColumns.priorityClass()),
        new Kind("node.k8s.io", "RuntimeClass", "runtimeclasses", "io.k8s.api.node.v1.RuntimeClass")
            .cluster()
            .rules(
                new KindStrategy()
                    .rules(Workloads::runtimeClass)
                    .updates(Workloads::runtimeClassUpdate))
            .columns(WorkloadColumns.runtimeClass()));
  }

  /// Rules of a kind that also says something on every new object.
  private static KindStrategy noting(Consumer<ApiObject> note) {
    return new KindStrategy() {
      @Override
      public void prepareForCreate(ApiObject object) {
        super.prepareForCreate(object);
        note.accept(object);
      }
    };
  }

  private static Kind apps(String kind, String plural) {
    return new Kind("apps", kind, plural, "io.k8s.api.apps.v1." + kind).categories("all");
  }

  private static Kind autoscaler(String version) {
    return new Kind(
            "autoscaling",
            version,
            "HorizontalPodAutoscaler",
            "horizontalpodautoscalers",
            "io.k8s.api.autoscaling." + version + ".HorizontalPodAutoscaler")
        .shortly("hpa")
        .categories("all")
        .subresources("status")
        .columns(WorkloadColumns.autoscaler());
  }

  private static KindStrategy autoscalerRules(Consumer<ObjectNode> defaults) {
    return new KindStrategy().defaults(defaults).rules(Cluster::autoscaler);
  }
}
