package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-5")
class OpenAnswersTest {
  private final OpenAnswers answers = new OpenAnswers();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean holds = true;

  private final Standing standing =
      new Standing() {
        @Override
        public String key() {
          return "session-1";
        }

        @Override
        public boolean holds() {
          asked.incrementAndGet();
          return holds;
        }
      };

  @Test
  void endsAWatchWhenItsCredentialsAreWithdrawn() throws Exception {
    var first = new Watch();
    var second = new Watch();
    answers.look();
    assertThat(asked).hasValue(1); // once for both
    assertThat(first.ended).isNotDone();

    holds = false;
    answers.look();

    assertThat(first.ended.get(30, TimeUnit.SECONDS)).isEqualTo("told to close");
    assertThat(second.ended.get(30, TimeUnit.SECONDS)).isEqualTo("told to close");
    int before = asked.get();
    answers.look();
    assertThat(asked).hasValue(before); // nothing is open any more
  }

  @Test
  void takesNothingMoreFromAWriterThatDoesNotListen() throws Exception {
    var writing = new CountDownLatch(1);
    var revoked = new CountDownLatch(1);
    var upgraded =
        new HttpResponse.Upgraded(
            Headers.EMPTY,
            (_, to) -> {
              to.write(new byte[1]);
              writing.countDown();
              await(revoked);
              assertThatThrownBy(() -> to.give(() -> new byte[1]))
                  .hasMessageContaining("withdrawn");
              to.write(new byte[1]);
            });
    var sink = new Sink();
    var followed = (HttpResponse.Upgraded) answers.follow(upgraded, standing);
    CompletableFuture<String> ended =
        run(() -> followed.conversation().hold(InputStream.nullInputStream(), sink));
    await(writing);

    holds = false;
    answers.look();
    revoked.countDown();

    assertThat(ended.get(30, TimeUnit.SECONDS)).contains("withdrawn");
    assertThat(sink.written).hasValue(1);
  }

  @Test
  void tellsAWriterThatComesLate() throws Exception {
    holds = false;
    var told = new AtomicInteger();
    var streaming =
        new HttpResponse.Streaming(
            200,
            Headers.EMPTY,
            sink -> {
              answers.look();
              sink.onClose(told::incrementAndGet);
              sink.onGone(told::incrementAndGet);
            });

    ((HttpResponse.Streaming) answers.follow(streaming, standing)).writer().writeTo(new Sink());

    assertThat(told).hasValue(2);
  }

  private final class Watch {
    final CompletableFuture<String> ended;

    Watch() throws Exception {
      var open = new CountDownLatch(1);
      var closed = new CountDownLatch(1);
      var streaming =
          new HttpResponse.Streaming(
              200,
              Headers.EMPTY,
              sink -> {
                sink.onClose(closed::countDown);
                sink.flush();
                open.countDown();
                await(closed);
              });
      var followed = (HttpResponse.Streaming) answers.follow(streaming, standing);
      ended = run(() -> followed.writer().writeTo(new Sink())).thenApply(_ -> "told to close");
      await(open);
    }
  }

  @FunctionalInterface
  private interface Writing {
    void run() throws IOException;
  }

  private static CompletableFuture<String> run(Writing writing) {
    Supplier<String> task =
        () -> {
          try {
            writing.run();
            return "";
          } catch (IOException e) {
            return String.valueOf(e.getMessage());
          }
        };
    return CompletableFuture.supplyAsync(task, Thread::startVirtualThread);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static final class Sink implements HttpResponse.BodySink {
    final AtomicInteger written = new AtomicInteger();

    @Override
    public void write(byte[] bytes) {
      written.addAndGet(bytes.length);
    }

    @Override
    public void flush() {}

    @Override
    public void onClose(Runnable action) {}
  }
}
