package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.defaults.WorkloadDefaults;
import io.croft.apiserver.resource.GarbageCollection;
import io.croft.apiserver.rules.Jobs;
import io.croft.model.ApiObject;

/// Jobs: unless they say otherwise they select the pods that carry their own identity.
final class JobStrategy extends KindStrategy {
  JobStrategy() {
    defaults(WorkloadDefaults::job).rules(Jobs::job).updates(Jobs::jobUpdate).generations();
  }

  @Override
  public void prepareForCreate(ApiObject object) {
    if (object.json().get("spec") instanceof ObjectNode spec
        && spec.get("template") instanceof ObjectNode template
        && !spec.path("manualSelector").asBoolean(false)) {
      select(object, spec, template);
    }
    super.prepareForCreate(object); // a job without labels has those of its pods, these included
  }

  @Override
  public GarbageCollection garbageCollection() {
    return GarbageCollection.ORPHAN_BY_DEFAULT;
  }

  private static void select(ApiObject object, ObjectNode spec, ObjectNode template) {
    ObjectNode labels = within(within(template, "metadata"), "labels");
    for (String prefix : new String[] {"", "batch.kubernetes.io/"}) {
      labels.put(prefix + "controller-uid", object.uid());
      labels.put(prefix + "job-name", object.name());
    }
    within(within(spec, "selector"), "matchLabels")
        .put("batch.kubernetes.io/controller-uid", object.uid());
  }

  private static ObjectNode within(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }
}
