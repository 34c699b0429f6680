package io.croft.security;

import io.croft.model.Quoted;
import io.croft.model.StatusException;
import io.croft.model.Statuses;

/// Who wants to do what: the question to an [Authorizer].
public record Attributes(UserInfo user, RequestInfo info) {

  /// The refusal, worded as kube-apiserver words it.
  ///
  /// @param reason why, as the authorizer gave it; may be empty
  public StatusException forbidden(String reason) {
    String who = "User " + Quoted.text(user.name()) + " cannot " + info.verb() + " ";
    String message = escape(who + what()) + (reason.isEmpty() ? "" : ": " + reason);
    return Statuses.forbidden(info.group(), info.plural(), info.name(), message);
  }

  private String what() {
    if (!info.resource()) {
      return "path " + Quoted.text(info.path());
    }
    String where =
        info.namespace().isEmpty()
            ? "at the cluster scope"
            : "in the namespace " + Quoted.text(info.namespace());
    return "resource %s in API group %s %s"
        .formatted(Quoted.text(resourceWithSub()), Quoted.text(info.group()), where);
  }

  /// `pods`, or `pods/log` for a subresource.
  public String resourceWithSub() {
    return info.subresource().isEmpty() ? info.plural() : info.plural() + "/" + info.subresource();
  }

  /// The message repeats what the caller sent; a browser must not take it for markup.
  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
