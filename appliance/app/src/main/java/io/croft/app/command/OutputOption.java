package io.croft.app.command;

import picocli.CommandLine.Option;

/// `-o table|json`, for commands that print data.
final class OutputOption {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "How to print: table or json. Default: table.")
  Format format = Format.table;

  /// In lower case, because picocli reads and suggests the constants' names.
  @SuppressWarnings("MemberName")
  enum Format {
    table,
    json
  }
}
