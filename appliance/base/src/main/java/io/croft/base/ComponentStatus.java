package io.croft.base;

import java.time.Instant;

/// One row of `croft status`.
///
/// @param name the component's name
/// @param state where it stands
/// @param since when it came into this state
/// @param restarts how often it was started again since the process began
/// @param lastError what went wrong last, as one line; empty when nothing did
public record ComponentStatus(
    String name, ComponentState state, Instant since, int restarts, String lastError) {}
