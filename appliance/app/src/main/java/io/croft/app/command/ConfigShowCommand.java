package io.croft.app.command;

import io.croft.base.Settings.Effective;
import io.croft.model.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft config show`: every setting in force and where it comes from, secrets masked.
@Command(
    name = "show",
    description = "Shows every setting in force and where it comes from; secrets are masked.",
    footer = {"", "Example:", "  CROFT_LISTEN=127.0.0.1:9443 croft config show"})
final class ConfigShowCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  @Option(names = "--config", paramLabel = "FILE", description = "The file to read.")
  private @Nullable Path config;

  ConfigShowCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    var settings = common.configuration(shell, config, Map.of()).settings().effective();
    switch (output.format) {
      case table -> printTable(settings);
      case json -> printJson(settings);
    }
    return ExitCode.DONE.code();
  }

  private void printTable(List<Effective> settings) {
    var table = new Table("KEY", "VALUE", "ORIGIN");
    settings.forEach(s -> table.row(s.key(), s.shown(), s.origin().toString()));
    table.print(shell.out());
  }

  private void printJson(List<Effective> settings) {
    var list = Json.array();
    for (Effective setting : settings) {
      list.addObject()
          .put("key", setting.key())
          .put("value", setting.shown())
          .put("origin", setting.origin().toString());
    }
    shell.out().println(list.toPrettyString());
  }
}
