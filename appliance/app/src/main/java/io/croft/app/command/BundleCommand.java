package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft bundle`: offline bundles.
@Command(
    name = "bundle",
    description = "Makes and checks bundles for hosts without a network.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft bundle create --k3s /usr/local/bin/k3s"})
final class BundleCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: create or verify");
  }
}
