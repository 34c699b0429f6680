package io.croft.app.command;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `croft completion`: a script that completes commands and options.
@Command(
    name = "completion",
    description = "Prints a script that completes croft's commands and options in a shell.",
    footer = {"", "Example:", "  source <(croft completion bash)"})
final class CompletionCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "SHELL", description = "bash or zsh")
  private Kind kind = Kind.bash;

  CompletionCommand(Shell shell) {
    this.shell = shell;
  }

  /// In lower case, because picocli reads and suggests the constants' names.
  private enum Kind {
    bash,
    zsh
  }

  @Override
  public Integer call() {
    if (kind == Kind.zsh) {
      // What follows is written for bash; zsh takes it over once its own completion is on.
      shell.out().println("autoload -U compinit && compinit");
    }
    shell.out().print(AutoComplete.bash("croft", spec.root().commandLine()));
    return ExitCode.DONE.code();
  }
}
