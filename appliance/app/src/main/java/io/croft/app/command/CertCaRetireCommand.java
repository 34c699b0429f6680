package io.croft.app.command;

import io.croft.app.config.Configuration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft cert ca retire`: no longer trusts authorities that were replaced.
@Command(
    name = "retire",
    description = {
      "No longer trusts authorities that were replaced. By itself that happens when nothing"
          + " depends on them any more; after a theft of their keys there is no waiting.",
      "Their files are kept in pki/retired."
    },
    footer = {"", "Example:", "  croft cert ca retire 1 --force"})
final class CertCaRetireCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--force",
      description = "Although certificates of it are in use, whose holders are cut off.")
  private boolean force;

  @Parameters(paramLabel = "GENERATION", description = "Its number, see: croft cert ca list.")
  private int generation;

  CertCaRetireCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    PkiDirectory.control(configuration).retire(generation, force);
    shell.out().println("generation %d is not trusted any more".formatted(generation));
    return ExitCode.DONE.code();
  }
}
