package io.croft.apiserver.rest;

import io.croft.base.http.HttpResponse;
import io.croft.model.GroupVersionKind;
import java.util.List;

/// An endpoint of objects that is of another kind than these, such as `pods/NAME/binding`. It is
/// served for the resources that name it among theirs.
public final class Subresource {
  private final String name;
  private final GroupVersionKind kind;
  private final List<String> verbs;
  private final Handler handler;

  /// Answers a request for one of the verbs. Thread-safe.
  @FunctionalInterface
  interface Handler {
    /// @throws io.croft.model.StatusException to refuse
    HttpResponse handle(Call call);
  }

  Subresource(String name, GroupVersionKind kind, List<String> verbs, Handler handler) {
    this.name = name;
    this.kind = kind;
    this.verbs = List.copyOf(verbs);
    this.handler = handler;
  }

  /// Its name in the path.
  public String name() {
    return name;
  }

  /// What is sent and answered.
  public GroupVersionKind kind() {
    return kind;
  }

  /// What it offers, in order.
  public List<String> verbs() {
    return verbs;
  }

  HttpResponse handle(Call call) {
    return handler.handle(call);
  }
}
