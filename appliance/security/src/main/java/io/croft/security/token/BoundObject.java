package io.croft.security.token;

import java.util.Locale;

/// An object with which a token ends.
public record BoundObject(Kind kind, String name, String uid) {
  /// What a token can be bound to.
  public enum Kind {
    POD("Pod", "pods"),
    SECRET("Secret", "secrets"),
    NODE("Node", "nodes");

    private final String text;
    private final String plural;

    Kind(String text, String plural) {
      this.text = text;
      this.plural = plural;
    }

    /// As in `apiVersion: v1, kind: …`.
    public String text() {
      return text;
    }

    public String plural() {
      return plural;
    }

    /// The name of the claim that holds it.
    String claim() {
      return text.toLowerCase(Locale.ROOT);
    }
  }
}
