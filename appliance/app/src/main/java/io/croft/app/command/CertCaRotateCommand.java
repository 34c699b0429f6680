package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.pki.PkiControl;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft cert ca rotate`: a new root and new authorities.
@Command(
    name = "rotate",
    description = {
      "Makes a new root and the authorities below it, which replace those there are.",
      "Both are trusted until nothing depends on the old ones any more. Works on a running"
          + " appliance too, which sees it within a second."
    },
    footer = {"", "Example:", "  croft cert ca rotate"})
final class CertCaRotateCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  CertCaRotateCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    PkiControl control = PkiDirectory.control(configuration);
    announce(shell, control.rotate());
    return ExitCode.DONE.code();
  }

  static void announce(Shell shell, int generation) {
    shell
        .out()
        .println(
            "generation %d of the authorities is made; old ones stay trusted while they are in use"
                .formatted(generation));
    shell.out().println("how it goes on: croft cert ca list");
    shell.out().println("whoever has a kubeconfig needs a new one: croft kubeconfig");
  }
}
