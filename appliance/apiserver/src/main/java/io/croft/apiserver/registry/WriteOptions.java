package io.croft.apiserver.registry;

import io.croft.security.UserInfo;
import java.util.function.Consumer;

/// How a write is to be done.
///
/// @param user on whose behalf
/// @param dryRun whether everything is done but the writing
/// @param fieldValidation what happens to fields that the schema does not know
/// @param fieldManager the name under which the client owns the fields that it writes
/// @param warnings takes what the caller is to be warned of, one line each
public record WriteOptions(
    UserInfo user,
    boolean dryRun,
    FieldValidation fieldValidation,
    String fieldManager,
    Consumer<String> warnings) {
  /// What happens to unknown and duplicate fields; they are never stored.
  public enum FieldValidation {
    IGNORE,
    WARN,
    STRICT
  }
}
