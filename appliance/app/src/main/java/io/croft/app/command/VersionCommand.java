package io.croft.app.command;

import io.croft.app.runtime.Version;
import io.croft.model.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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
      case table ->
          shell
              .out()
              .printf(
                  "croft %s (%s, Java %s)%n", version.croft(), version.platform(), version.java());
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
}
