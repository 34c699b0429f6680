package io.croft.client;

import io.croft.model.ApiObject;
import java.util.Comparator;

/// Which object to reconcile. It says nothing about what has happened: the reconciler looks.
///
/// @param namespace empty for cluster-scoped objects
public record Request(String namespace, String name) implements Comparable<Request> {
  private static final Comparator<Request> ORDER =
      Comparator.comparing(Request::namespace).thenComparing(Request::name);

  public static Request of(ApiObject object) {
    return new Request(object.namespace(), object.name());
  }

  @Override
  public int compareTo(Request other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
