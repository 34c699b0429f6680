package io.croft.apiserver.registry;

import io.croft.security.UserInfo;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// On whose behalf something is written or deleted, and where it goes what there is to say about
/// that besides the answer.
///
/// @param warnings takes what the caller is to be warned of, one line each
/// @param annotations takes what is to stand in the request's audit event, by its key; thread-safe
public record Caller(
    UserInfo user, Consumer<String> warnings, BiConsumer<String, String> annotations) {
  /// A caller whom nobody tells anything.
  public static Caller silent(UserInfo user) {
    return new Caller(user, _ -> {}, (_, _) -> {});
  }

  /// The same caller, but for where warnings go.
  public Caller warning(Consumer<String> other) {
    return new Caller(user, other, annotations);
  }
}
