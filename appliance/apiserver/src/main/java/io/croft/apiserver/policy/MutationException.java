package io.croft.apiserver.policy;

/// A mutation cannot be carried out on a request; the message goes to whoever sent that.
public final class MutationException extends Exception {
  private static final long serialVersionUID = 1;

  public MutationException(String message) {
    super(message, null, false, false);
  }
}
