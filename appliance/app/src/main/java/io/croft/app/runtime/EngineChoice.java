package io.croft.app.runtime;

import io.croft.app.config.Configuration;
import io.croft.app.config.Engine;
import io.croft.base.Settings;
import io.croft.engine.k3s.K3sDownload;
import io.croft.engine.k3s.K3sSource;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which engine serves the Kubernetes API, and why. What the settings leave open is as the data
/// directory was served last: an engine does not change because a program was installed.
///
/// @param engine `EMBEDDED` or `K3S`
/// @param reason for the user, in a few words
public record EngineChoice(Engine engine, String reason) {
  /// Says in the data directory which engine has served it last.
  static final String FILE = "engine";

  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  /// @throws IOException when the data directory cannot be read
  /// @throws IllegalArgumentException for an engine that is not served
  public static EngineChoice of(Configuration configuration) throws IOException {
    Settings settings = configuration.settings();
    return switch (settings.get(Configuration.ENGINE)) {
      case EMBEDDED -> new EngineChoice(Engine.EMBEDDED, "as configured");
      case K3S -> new EngineChoice(Engine.K3S, "as configured");
      case EXTERNAL ->
          throw new IllegalArgumentException(
              "engine external is not served by this version; use --engine embedded, k3s or auto");
      case AUTO -> automatic(configuration.dataDir());
    };
  }

  /// A data directory stays with its engine; a new one has the embedded engine: k3s is taken for
  /// nobody who has not asked for it, as long as it has hardly been tried.
  private static EngineChoice automatic(Path dataDir) throws IOException {
    return last(dataDir)
        .map(engine -> new EngineChoice(engine, "as this data directory was served before"))
        .orElseGet(
            () -> new EngineChoice(Engine.EMBEDDED, "k3s has to be asked for: --engine k3s"));
  }

  private static Optional<Engine> last(Path dataDir) throws IOException {
    Path file = dataDir.resolve(FILE);
    if (Files.exists(file)) {
      String text = Files.readString(file).strip();
      return Arrays.stream(Engine.values()).filter(e -> e.text().equals(text)).findFirst();
    }
    return Files.exists(dataDir.resolve("store")) ? Optional.of(Engine.EMBEDDED) : Optional.empty();
  }

  static boolean root() {
    return System.getProperty("os.name").equals("Linux")
        && System.getProperty("user.name").equals("root");
  }

  /// Where a k3s may come from.
  public static K3sSource source(Settings settings, Map<String, String> environment) {
    List<Path> path =
        Arrays.stream(environment.getOrDefault("PATH", DEFAULT_PATH).split(File.pathSeparator))
            .filter(entry -> entry.startsWith("/")) // nothing from wherever this was called
            .map(Path::of)
            .toList();
    String sha256 = settings.get(Configuration.K3S_SHA256);
    Optional<K3sDownload> download =
        settings
            .get(Configuration.K3S_VERSION)
            .filter(_ -> !sha256.isEmpty())
            .map(version ->
                new K3sDownload(version, sha256, settings.get(Configuration.K3S_MIRROR)));
    return new K3sSource(settings.get(Configuration.K3S), path, bundled(), download);
  }

  /// Beside the program itself.
  private static Path bundled() {
    Path launcher = Path.of(System.getProperty("croft.launcher", "bin/croft")).toAbsolutePath();
    return launcher.resolveSibling("../lib/k3s").normalize();
  }
}
