package io.croft.app.doctor;

import io.croft.app.config.Configuration;
import io.croft.app.config.Engine;
import io.croft.app.runtime.EngineChoice;
import io.croft.base.Settings;
import io.croft.engine.k3s.K3sProgram;
import io.croft.engine.k3s.K3sSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What serves the Kubernetes API, where that is a program of its own.
final class EngineChecks {
  static final List<Check> ALL = List.of(Check.of("engine", EngineChecks::engine));

  private static final String NAME_ONE = "name one: croft.k3s, or CROFT_K3S";

  private EngineChecks() {}

  private static Finding engine(Host host) throws IOException {
    Settings settings = host.configuration().settings();
    Map<String, String> environment = host.environment();
    K3sSource source = EngineChoice.source(settings, environment);
    Optional<Path> program;
    try {
      EngineChoice choice = EngineChoice.of(host.configuration());
      if (choice.engine() == Engine.EMBEDDED) {
        return Finding.skipped("the embedded one (%s)".formatted(choice.reason()));
      }
      program = source.local();
    } catch (IOException | IllegalArgumentException e) {
      return Finding.error(String.valueOf(e.getMessage()), NAME_ONE);
    }
    if (program.isEmpty()) {
      return source.available()
          ? Finding.warning("there is no k3s here; it will be fetched", NAME_ONE)
          : Finding.error("there is no k3s here", NAME_ONE);
    }
    K3sProgram k3s;
    try {
      k3s = K3sProgram.of(program.get());
    } catch (IOException e) {
      return Finding.error(String.valueOf(e.getMessage()), NAME_ONE);
    }
    int port = settings.get(Configuration.K3S_PORT);
    if (host.appliance().isEmpty()) {
      for (int taken : new int[] {port, port + 1}) {
        if (host.isTaken(taken)) {
          return Finding.error(
              "another program listens at 127.0.0.1:" + taken,
              "stop it (perhaps another k3s), or choose another port: croft.k3s-port");
        }
      }
    }
    return Finding.ok("k3s %s, %s".formatted(k3s.version(), k3s.file()));
  }
}
