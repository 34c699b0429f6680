package io.croft.app.terminal;

import java.io.PrintStream;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// One line for each step that has ended, for logs and pipes.
final class PlainProgress implements Progress {
  private final PrintStream out;
  private final ConcurrentMap<String, Long> begunNanos = new ConcurrentHashMap<>();

  PlainProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void doing(String step, String activity) {
    begunNanos.putIfAbsent(step, System.nanoTime());
  }

  @Override
  public void done(String step, String outcome) {
    print(step, outcome);
  }

  @Override
  public void failed(String step, String outcome) {
    print(step, outcome);
  }

  private void print(String step, String outcome) {
    long now = System.nanoTime();
    Long begun = begunNanos.remove(step);
    out.println(StepLine.text(step, outcome, now - (begun == null ? now : begun)));
  }

  @Override
  public void settle() {
    begunNanos.clear();
  }
}
