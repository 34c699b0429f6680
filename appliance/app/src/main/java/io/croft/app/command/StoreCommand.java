package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `croft store`: the embedded store by itself.
@Command(
    name = "store",
    description = "Works on the embedded store: serves it to etcd clients, checks it, copies it.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft store check"})
final class StoreCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: serve, check, snapshot, restore,"
            + " salvage, compact, export or import");
  }
}
