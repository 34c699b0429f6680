package io.croft.app.command;

import io.croft.security.identity.PasswordHash;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a new password comes from: never from an argument, which others may see.
final class PasswordOption {
  @Option(
      names = "--password-fd",
      paramLabel = "NUMBER",
      description = "Read the password from this file descriptor. Default: ask for it.")
  @Nullable Integer descriptor;

  /// @throws CommandException when there is none, or it is too short or too long
  String read() throws IOException {
    String password = descriptor == null ? asked() : read(descriptor);
    boolean tooLong = password.getBytes(StandardCharsets.UTF_8).length > PasswordHash.MAX_BYTES;
    if (password.codePointCount(0, password.length()) < PasswordHash.MIN_CHARS || tooLong) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "a password has at least %d characters and at most %d bytes"
              .formatted(PasswordHash.MIN_CHARS, PasswordHash.MAX_BYTES));
    }
    return password;
  }

  private static String read(int descriptor) throws IOException {
    try (InputStream in = Files.newInputStream(Path.of("/dev/fd/" + descriptor))) {
      String text = new String(in.readNBytes(PasswordHash.MAX_BYTES + 2), StandardCharsets.UTF_8);
      return text.replaceFirst("\r?\n$", "");
    }
  }

  @SuppressWarnings("SystemConsoleNull") // null without a terminal
  private static String asked() {
    Console console = System.console();
    if (console == null) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          "there is no terminal to ask at; give the password by --password-fd");
    }
    char[] first = console.readPassword("New password: ");
    char[] second = console.readPassword("Again: ");
    if (first == null || !Arrays.equals(first, second)) {
      throw new CommandException(ExitCode.WRONG_USAGE, "the passwords differ");
    }
    return new String(first);
  }
}
