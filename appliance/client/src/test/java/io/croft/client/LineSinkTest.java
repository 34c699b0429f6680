package io.croft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LineSinkTest {
  private final List<String> lines = new ArrayList<>();
  private final LineSink sink =
      new LineSink(8, line -> lines.add(new String(line, StandardCharsets.UTF_8)));

  private void write(String text) throws Exception {
    sink.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void cutsLinesHoweverTheyAreWritten() throws Exception {
    write("on");
    write("e\ntwo\n\nthr");
    assertThat(lines).containsExactly("one", "two");
    write("ee\n");
    assertThat(lines).containsExactly("one", "two", "three");
  }

  @Test
  void refusesALineBeyondTheLimit() throws Exception {
    write("12345678\n");
    write("1234");
    assertThatIOException()
        .isThrownBy(() -> write("56789\n"))
        .withMessage("a watch event is longer than 8 bytes");
  }

  @Test
  void deliversNothingAfterClose() throws Exception {
    write("one\n");
    sink.close();
    assertThatIOException().isThrownBy(() -> write("two\n"));
    assertThat(lines).containsExactly("one");
  }

  @Test
  void deliversNoMoreOfAPieceWhenTheReceiverCloses() {
    var lines = new ArrayList<String>();
    var holder = new LineSink[1];
    holder[0] =
        new LineSink(
            8,
            line -> {
              lines.add(new String(line, StandardCharsets.UTF_8));
              holder[0].close();
            });
    assertThatIOException()
        .isThrownBy(() -> holder[0].write("one\ntwo\n".getBytes(StandardCharsets.UTF_8)));
    assertThat(lines).containsExactly("one");
  }

  @Test
  void runsEveryCloseActionOnce() {
    var runs = new AtomicInteger();
    sink.onClose(runs::incrementAndGet);
    sink.close();
    sink.close();
    assertThat(runs).hasValue(1);
    sink.onClose(runs::incrementAndGet);
    assertThat(runs).hasValue(2);
  }
}
