package io.croft.apiserver.registry;

import io.croft.security.UserInfo;
import java.util.function.Consumer;

/// How a write is to be done.
///
/// @param caller on whose behalf
/// @param dryRun whether everything is done but the writing
/// @param fieldValidation what happens to fields that the schema does not know
/// @param fieldManager the name under which the client owns the fields that it writes
public record WriteOptions(
    Caller caller, boolean dryRun, FieldValidation fieldValidation, String fieldManager) {
  public UserInfo user() {
    return caller.user();
  }

  /// Takes what the caller is to be warned of, one line each.
  public Consumer<String> warnings() {
    return caller.warnings();
  }

  /// What happens to unknown and duplicate fields; they are never stored.
  public enum FieldValidation {
    IGNORE,
    WARN,
    STRICT
  }
}
