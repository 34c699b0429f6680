package io.croft.app.command;

import io.croft.app.config.ConfigurationException;
import io.croft.app.runtime.ReplacedException;
import io.croft.base.DataDirectoryException;
import io.croft.base.LifecycleException;
import io.croft.base.SettingsException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Turns what ends a command into lines on standard error and an exit code.
final class ErrorReport implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final PrintStream err;

  ErrorReport(PrintStream err) {
    this.err = err;
  }

  @Override
  public int handleParseException(ParameterException error, String[] arguments) {
    CommandLine command = error.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    print(wrongUsage(error) + suggestion(error) + " (see: " + name + " --help)");
    return ExitCode.WRONG_USAGE.code();
  }

  @Override
  public int handleExecutionException(
      Exception thrown, CommandLine command, ParseResult parseResult) {
    Exception error =
        thrown instanceof UncheckedIOException && thrown.getCause() instanceof IOException cause
            ? cause
            : thrown;
    message(error).lines().forEach(this::print);
    if (parseResult.originalArgs().contains("--verbose")) {
      error.printStackTrace(err);
    }
    return exitCode(error).code();
  }

  /// The exit code that an error stands for.
  static ExitCode exitCode(Throwable error) {
    return switch (error) {
      case CommandException e -> e.exitCode();
      case SettingsException _, ConfigurationException _ -> ExitCode.WRONG_USAGE;
      case DataDirectoryException e when e.reason() == DataDirectoryException.Cause.NO_PERMISSION ->
          ExitCode.NOT_ALLOWED;
      case AccessDeniedException _ -> ExitCode.NOT_ALLOWED;
      case LifecycleException e when e.getCause() instanceof ReplacedException ->
          ExitCode.NOT_ALLOWED;
      default -> ExitCode.FAILED;
    };
  }

  private static String message(Exception error) {
    return switch (error) {
      case AccessDeniedException e -> "no permission for " + e.getFile() + "; run as its owner";
      case NoSuchFileException e -> e.getFile() + " does not exist";
      case FileAlreadyExistsException e -> e.getFile() + " exists already";
      case NotDirectoryException e -> e.getFile() + " is not a directory";
      default -> error.getMessage() == null ? error.toString() : error.getMessage();
    };
  }

  /// What picocli says, in one line and beginning in lower case as all our errors do.
  private static String wrongUsage(ParameterException error) {
    if (error instanceof UnmatchedArgumentException unmatched) {
      String argument = unmatched.getUnmatched().getFirst();
      return "unknown " + kind(argument, error.getCommandLine()) + " " + argument;
    }
    String text = String.valueOf(error.getMessage()).lines().findFirst().orElse("wrong usage");
    return Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }

  private static String kind(String argument, CommandLine command) {
    if (argument.startsWith("-")) {
      return "option";
    }
    return command.getSubcommands().isEmpty() ? "argument" : "command";
  }

  private static String suggestion(ParameterException error) {
    if (!(error instanceof UnmatchedArgumentException unmatched)) {
      return "";
    }
    List<String> suggestions = unmatched.getSuggestions();
    return suggestions.isEmpty() ? "" : ", did you mean " + suggestions.getFirst() + "?";
  }

  private void print(String line) {
    err.println("croft: " + line);
  }
}
