package io.croft.engine.supervision;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What a [ProcessSupervisor] keeps running. Called by its thread alone, `healthy` apart.
public interface Job {
  /// A program to run.
  ///
  /// @param line its path and its arguments
  /// @param environment all of it: nothing is inherited
  /// @param directory where it runs
  record Program(List<String> line, Map<String, String> environment, Path directory) {
    public Program {
      line = List.copyOf(line);
      environment = Map.copyOf(environment);
    }
  }

  /// Prepares the next run.
  ///
  /// @throws Exception when it cannot be run now; it is tried again later
  Program prepare() throws Exception;

  /// Asks the program whether it does its work; waits some seconds at most.
  boolean healthy();

  /// It does its work for the first time since it was started.
  default void proven() {}

  /// It ended, or was ended, before it did its work.
  ///
  /// @param reason in one line
  default void disproved(String reason) {}
}
