package io.croft.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `croft node`: the hosts that have joined.
@Command(
    name = "node",
    description = "Lists and manages the hosts that have joined.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example:", "  croft node list"})
final class NodeCommand implements Runnable {
  @Mixin final CommonOptions common = new CommonOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
