package io.croft.model;

/// Bytes that are not the YAML that was asked for. As with {@link MalformedJsonException}, the
/// message says what is wrong and where, and never repeats what stands there.
public final class MalformedYamlException extends Exception {
  MalformedYamlException(String message) {
    super(message);
  }
}
