package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// The program of that name, as someone else's opinion on what we write.
final class OpenSsl {
  private static final Path PROGRAM = Path.of("/usr/bin/openssl");

  private OpenSsl() {}

  /// @param exit with which it ends
  record Output(int exit, String text) {
    String succeeded() {
      assertThat(exit).as(text).isZero();
      return text;
    }
  }

  /// Runs it in a directory; the test is skipped where there is none.
  static Output run(Path directory, String... arguments) throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "there is no " + PROGRAM);
    List<String> line = new ArrayList<>(List.of(PROGRAM.toString()));
    line.addAll(List.of(arguments));
    Path output = Files.createTempFile(directory, "openssl", ".txt");
    Process process =
        new ProcessBuilder(line)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(line + " does not end");
    }
    return new Output(process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
  }
}
