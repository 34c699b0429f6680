package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft config`: what the settings are and whether they can be used.
@Command(
    name = "config",
    description = "Shows or checks the settings.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft config show"})
final class ConfigCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: show or validate");
  }
}
