package io.croft.app.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One line for each step, redrawn in place while it runs.
final class LiveProgress implements Progress {
  private static final Duration FRAME = Duration.ofMillis(100);
  private static final String SPINNER = "|/-\\";
  private static final String ERASE_LINE = "\u001b[2K";
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String PLAIN = "\u001b[0m";

  private final PrintStream out;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private int frame;
  private int paintedLines;

  /// Lives only while a step does something.
  private @Nullable Thread painter;

  LiveProgress(PrintStream out) {
    this.out = out;
  }

  private enum Mark {
    DOING,
    DONE,
    FAILED
  }

  private record Row(Mark mark, String state, long begunNanos, long endedNanos) {}

  @Override
  public synchronized void doing(String step, String activity) {
    Row row = rows.get(step);
    long begun = row == null ? System.nanoTime() : row.begunNanos();
    rows.put(step, new Row(Mark.DOING, activity, begun, 0));
    if (painter == null) {
      painter = Thread.ofVirtual().name("progress").start(this::repaint);
    }
  }

  @Override
  public void done(String step, String outcome) {
    end(step, Mark.DONE, outcome);
  }

  @Override
  public void failed(String step, String outcome) {
    end(step, Mark.FAILED, outcome);
  }

  @Override
  public synchronized void settle() {
    paint();
    rows.clear();
    paintedLines = 0;
  }

  private synchronized void end(String step, Mark mark, String outcome) {
    long now = System.nanoTime();
    Row row = rows.get(step);
    rows.put(step, new Row(mark, outcome, row == null ? now : row.begunNanos(), now));
    paint();
  }

  private void repaint() {
    try {
      while (paintNextFrame()) {
        Thread.sleep(FRAME);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does; were it so, painting would end
    }
  }

  private synchronized boolean paintNextFrame() {
    if (rows.values().stream().noneMatch(row -> row.mark() == Mark.DOING)) {
      painter = null;
      return false;
    }
    frame++;
    paint();
    return true;
  }

  private void paint() {
    var text = new StringBuilder();
    if (paintedLines > 0) {
      text.append("\u001b[").append(paintedLines).append("A"); // up
    }
    rows.forEach((step, row) -> text.append(ERASE_LINE).append(line(step, row)).append('\n'));
    paintedLines = rows.size();
    out.print(text);
    out.flush();
  }

  private String line(String step, Row row) {
    long end = row.mark() == Mark.DOING ? System.nanoTime() : row.endedNanos();
    String text = StepLine.text(step, row.state(), end - row.begunNanos());
    return switch (row.mark()) {
      case DOING -> SPINNER.charAt(frame % SPINNER.length()) + " " + text;
      case DONE -> GREEN + "+" + PLAIN + " " + text;
      case FAILED -> RED + "x" + PLAIN + " " + text;
    };
  }
}
