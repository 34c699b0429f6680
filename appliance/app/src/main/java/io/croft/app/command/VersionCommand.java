package io.croft.app.command;

import io.croft.app.runtime.Version;
import io.croft.model.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/// `croft version`.
@Command(
    name = "version",
    description = "Shows which croft this is.",
    footer = {"", "Example:", "  croft version -o json"})
final class VersionCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  VersionCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Version version = Version.current();
    switch (output.format) {
      case table -> shell.out().println(line(version));
      case json ->
          shell
              .out()
              .println(
                  Json.object()
                      .put("version", version.croft())
                      .put("platform", version.platform())
                      .put("javaVersion", version.java())
                      .toPrettyString());
    }
    return ExitCode.DONE.code();
  }

  private static String line(Version version) {
    return "croft %s (%s, Java %s)".formatted(version.croft(), version.platform(), version.java());
  }

  /// The same for `croft --version`.
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {line(Version.current())};
    }
  }
}
