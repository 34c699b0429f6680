package io.croft.fleet.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S3")
class LinkTest {
  private final List<AutoCloseable> open = new ArrayList<>();
  private Link asking;
  private volatile Link.Answering answering = LinkTest::echo;

  private static void echo(ObjectNode head, LinkStream stream) throws IOException {
    stream.sendHead(head);
    InputStream in = stream.input();
    byte[] buffer = new byte[5000];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      stream.write(Arrays.copyOf(buffer, count));
    }
    stream.end();
  }

  @BeforeEach
  void connect() throws Exception {
    try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var one = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
      Socket other = listener.accept();
      asking = run(one, Link.Answering.NOTHING);
      var _ = run(other, (head, stream) -> answering.answer(head, stream));
    }
  }

  private Link run(Socket socket, Link.Answering how) throws IOException {
    var link = new Link(socket.getInputStream(), new Output(socket), how);
    open.add(link);
    Thread.ofVirtual()
        .start(() -> {
          try {
            link.run();
          } catch (IOException e) {
            // the test has ended
          }
        });
    return link;
  }

  private record Output(Socket socket) implements Link.Output {
    @Override
    public void write(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    @Override
    public void abort() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  private byte[] roundTrip(byte[] body) throws Exception {
    LinkStream stream = asking.ask(Json.object().put("n", body.length));
    var sent =
        CompletableFuture.runAsync(() -> {
          try {
            stream.write(body);
            stream.end();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    assertThat(stream.awaitHead().path("n").asInt()).isEqualTo(body.length);
    byte[] answer = stream.input().readAllBytes();
    sent.get();
    return answer;
  }

  @Test
  void carriesManyQuestionsAtATimeWholeAndInOrder() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<Boolean>>();
      for (int i = 0; i < 40; i++) {
        byte[] body = new byte[i * 7_001];
        new Random(i).nextBytes(body);
        answers.add(threads.submit(() -> Arrays.equals(roundTrip(body), body)));
      }
      for (var answer : answers) {
        assertThat(answer.get()).isTrue();
      }
    }
  }

  @Test
  void whoDoesNotReadHoldsTheSenderBackAndNobodyElse() throws Exception {
    var sent = new AtomicLong();
    answering =
        (head, stream) -> {
          stream.sendHead(head);
          if (head.path("slow").asBoolean()) {
            while (sent.addAndGet(1000) < 10_000_000) {
              stream.write(new byte[1000]);
            }
          }
          stream.end();
        };
    LinkStream slow = asking.ask(Json.object().put("slow", true));
    slow.awaitHead();
    LinkStream quick = asking.ask(Json.object().put("slow", false));
    quick.end();
    quick.awaitHead();
    assertThat(quick.input().readAllBytes()).isEmpty();
    // What is on its way is bounded, whatever time passes.
    assertThat(sent.get()).isLessThanOrEqualTo(LinkStream.WINDOW + 1000);
    slow.close();
  }

  @Test
  void noMoreThanSoManyQuestionsAreOpen() throws Exception {
    answering = (_, stream) -> stream.input().readAllBytes();
    for (int i = 0; i < Link.MAX_STREAMS; i++) {
      asking.ask(Json.object());
    }
    assertThatThrownBy(() -> asking.ask(Json.object())).hasMessageContaining("64 things");
  }

  @Test
  void whoeverWaitsIsToldWhenTheConnectionBreaks() throws Exception {
    answering = (_, stream) -> stream.input().readAllBytes();
    LinkStream stream = asking.ask(Json.object());
    var waiting =
        CompletableFuture.supplyAsync(() -> {
          try {
            return stream.awaitHead().toString();
          } catch (IOException e) {
            return "failed: " + e.getMessage();
          }
        });
    asking.close();
    assertThat(waiting.get()).startsWith("failed: ");
    assertThatThrownBy(() -> asking.ask(Json.object())).isInstanceOf(IOException.class);
  }

  @Test
  void whoeverSendsNothingForLongIsNotWaitedFor() {
    var silent =
        new Link(
            InputStream.nullInputStream(),
            new Link.Output() {
              @Override
              public void write(byte[] bytes) {}

              @Override
              public void abort() {}
            },
            Link.Answering.NOTHING,
            Duration.ofMillis(1));
    assertThatThrownBy(() -> silent.ask(Json.object()).input().read())
        .hasMessageContaining("sends nothing");
  }

  @Test
  void anAnswerThatBreaksOffIsNotTakenForWhole() throws Exception {
    answering =
        (head, stream) -> {
          stream.sendHead(head);
          stream.write(new byte[10]);
          throw new IOException("the disk is gone");
        };
    LinkStream stream = asking.ask(Json.object());
    stream.end();
    stream.awaitHead();
    assertThatThrownBy(() -> stream.input().readAllBytes()).isInstanceOf(IOException.class);
  }
}
