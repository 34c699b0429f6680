package io.croft.app.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void printsOnePlainLineForEachStepThatHasEnded() {
    var progress = Progress.on(out, false);

    progress.doing("store", "starting");
    progress.done("store", "running");
    progress.doing("gateway", "starting");
    progress.failed("gateway", "failed");

    assertThat(lines())
        .satisfiesExactly(
            line -> assertThat(line).matches("store +running +\\d+\\.\\d\\d s"),
            line -> assertThat(line).matches("gateway +failed +\\d+\\.\\d\\d s"));
  }

  @Test
  void redrawsTheSameLinesOnATerminal() {
    var progress = Progress.on(out, true);

    progress.doing("store", "starting");
    progress.done("store", "running");
    progress.doing("gateway", "starting");
    progress.failed("gateway", "failed");
    progress.settle();

    List<String> screen = Screen.after(text());
    assertThat(screen)
        .satisfiesExactly(
            line -> assertThat(line).matches("\\+ store +running +\\d+\\.\\d\\d s"),
            line -> assertThat(line).matches("x gateway +failed +\\d+\\.\\d\\d s"));
  }

  @Test
  void leavesWhatHasSettledAlone() {
    var progress = Progress.on(out, true);

    progress.doing("store", "starting");
    progress.done("store", "running");
    progress.settle();
    out.println("ready");
    progress.doing("store", "stopping");
    progress.done("store", "stopped");

    assertThat(Screen.after(text()))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("+ store").contains("running"),
            line -> assertThat(line).isEqualTo("ready"),
            line -> assertThat(line).startsWith("+ store").contains("stopped"));
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private List<String> lines() {
    return text().lines().toList();
  }
}
