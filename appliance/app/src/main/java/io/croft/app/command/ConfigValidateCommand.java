package io.croft.app.command;

import io.croft.app.config.Configuration;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `croft config validate`: whether `croft up` would accept the settings.
@Command(
    name = "validate",
    description = "Checks the settings as croft up would; lists every error with file and line.",
    footer = {"", "Example:", "  croft config validate /etc/croft/config.yaml"})
final class ConfigValidateCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "The file to check. Default: the one that croft up would read.")
  private @Nullable Path file;

  ConfigValidateCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell, file, Map.of());
    Path checked = configuration.file();
    shell
        .out()
        .println(
            checked == null ? "no configuration file; defaults are fine" : checked + " is valid");
    return ExitCode.DONE.code();
  }
}
