package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import io.croft.base.SettingsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that every command has.
final class CommonOptions {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "Where the appliance keeps its state. Default: /var/lib/croft as root, else"
              + " $$XDG_DATA_HOME/croft. Environment: CROFT_DATA_DIR.")
  @Nullable String dataDir;

  @Option(names = "--verbose", description = "Show stack traces of errors.")
  boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  /// The settings in force for a command that has no options for settings of its own.
  Configuration configuration(Shell shell) throws SettingsException, IOException {
    return configuration(shell, null, Map.of());
  }

  /// @param configFile what `--config` says
  /// @param options other options that set something: setting's name without `croft.`, which is the
  ///   option's name without dashes, → value; a null value was not given
  Configuration configuration(
      Shell shell, @Nullable Path configFile, Map<String, @Nullable String> options)
      throws SettingsException, IOException {
    var flags = new HashMap<String, Given>();
    options.forEach((name, value) -> put(flags, name, value));
    put(flags, "data-dir", dataDir);
    return Configuration.load(flags, configFile(shell, configFile), shell.environment());
  }

  /// The data directory, for a command that needs no other setting.
  Path dataDir(Shell shell) throws SettingsException {
    var flags = new HashMap<String, Given>();
    put(flags, "data-dir", dataDir);
    return Configuration.dataDir(flags, shell.environment());
  }

  private static void put(Map<String, Given> flags, String name, @Nullable String value) {
    if (value != null) {
      flags.put("croft." + name, new Given(value, new Origin.Flag("--" + name)));
    }
  }

  private static @Nullable Path configFile(Shell shell, @Nullable Path option) {
    String variable = shell.environment().get("CROFT_CONFIG");
    return option != null || variable == null ? option : Path.of(variable);
  }
}
