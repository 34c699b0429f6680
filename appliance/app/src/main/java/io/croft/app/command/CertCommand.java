package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft cert`: certificates.
@Command(
    name = "cert",
    description = "Shows, plans, renews and revokes certificates.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft cert list --expiring 30d"})
final class CertCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: list, plan, renew, revoke or ca");
  }
}
