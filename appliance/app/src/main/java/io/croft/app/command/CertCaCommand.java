package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft cert ca`: the appliance's own certificate authorities.
@Command(
    name = "ca",
    description = "Shows and replaces the appliance's certificate authorities.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft cert ca list"})
final class CertCaCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: list, show, rotate, import or retire");
  }
}
