package io.croft.app.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogFileTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
  private Path log;

  @BeforeEach
  void writeLog() throws IOException {
    log = Files.writeString(directory.resolve("croft.log"), "one\ntwo\nthree\n");
  }

  @ParameterizedTest
  @CsvSource({"0,''", "1,three;", "2,two;three;", "3,one;two;three;", "9,one;two;three;"})
  void printsTheLastLines(int lines, String expected) throws IOException {
    new LogFile(log).print(lines, out);

    assertThat(text()).isEqualTo(expected.replace(';', '\n'));
  }

  @Test
  void findsTheLastLinesOfALargeFile() throws IOException {
    Files.writeString(log, "a line of some length\n".repeat(20_000) + "the last\n");

    new LogFile(log).print(2, out);

    assertThat(text()).isEqualTo("a line of some length\nthe last\n");
  }

  @Test
  void followsThroughRotation() throws Exception {
    var file = new LogFile(log);
    file.print(1, out);
    Thread follower =
        Thread.ofVirtual()
            .start(() -> {
              try {
                file.follow(out);
              } catch (IOException | InterruptedException e) {
                // ends with the test
              }
            });

    Files.writeString(log, "four\n", StandardOpenOption.APPEND);
    awaitEnd("four\n");
    Files.move(log, directory.resolve("croft.1.log"));
    Files.writeString(log, "five\n");
    awaitEnd("five\n");
    follower.interrupt();
    follower.join();

    assertThat(text()).isEqualTo("three\nfour\nfive\n");
  }

  private void awaitEnd(String end) throws InterruptedException {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    while (!text().endsWith(end)) {
      assertThat(Instant.now()).as(text()).isBefore(deadline);
      Thread.sleep(10);
    }
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
