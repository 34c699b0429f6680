package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft user`: local users.
@Command(
    name = "user",
    description = "Manages the users who log in by croft login.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft user create alice"})
final class UserCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: create, list, passwd, totp, disable, enable or delete");
  }
}
