package io.croft.apiserver.apply;

import io.croft.apiserver.apply.ManagedFields.Owner;
import io.croft.model.Quoted;
import io.croft.model.StatusCause;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The fields that a client would change though others own them.
final class Conflicts {
  private final Map<Owner, FieldSet> byOwner = new TreeMap<>(Owner.ORDER);

  void add(Owner owner, FieldSet fields) {
    if (!fields.isEmpty()) {
      byOwner.put(owner, fields);
    }
  }

  boolean isEmpty() {
    return byOwner.isEmpty();
  }

  /// Those that are not in a set.
  Conflicts beyond(FieldSet allowed) {
    var rest = new Conflicts();
    byOwner.forEach((owner, fields) -> rest.add(owner, fields.minus(allowed)));
    return rest;
  }

  /// 409, in the words of kube-apiserver.
  StatusException status() {
    var causes = new ArrayList<StatusCause>();
    var lines = new ArrayList<String>();
    byOwner.forEach((owner, fields) -> {
      String with = shown(owner);
      lines.add("conflicts with " + with + ":");
      fields.forEach(path -> {
        String field = path.toString();
        causes.add(new StatusCause("FieldManagerConflict", "conflict with " + with, field));
        lines.add("- " + field);
      });
    });
    return Statuses.applyConflict(causes, message(causes, lines));
  }

  private static String message(List<StatusCause> causes, List<String> lines) {
    if (causes.size() == 1) {
      StatusCause only = causes.getFirst();
      return "Apply failed with 1 conflict: " + only.message() + ": " + only.field();
    }
    return "Apply failed with " + causes.size() + " conflicts: " + String.join("\n", lines);
  }

  private static String shown(Owner owner) {
    var text = new StringBuilder(Quoted.text(owner.manager()));
    if (!owner.subresource().isEmpty()) {
      text.append(" with subresource ").append(Quoted.text(owner.subresource()));
    }
    if (!owner.applies()) {
      text.append(" using ").append(owner.apiVersion());
    }
    return text.toString();
  }
}
