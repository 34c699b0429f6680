package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.croft.base.Lifecycle.Limits;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LifecycleTest {
  private static final Limits LIMITS = new Limits(Duration.ofSeconds(10), Duration.ofSeconds(10));

  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());

  @Test
  void startsInOrderAndStopsInReverse() throws Exception {
    Lifecycle lifecycle = lifecycle(LIMITS, new Part("a"), new Part("b"));
    lifecycle.start();
    assertThat(calls).containsExactly("init a", "start a", "init b", "start b");
    assertThat(lifecycle.ready()).isTrue();
    calls.clear();
    lifecycle.stop();
    lifecycle.stop();
    assertThat(calls).containsExactly("stop b", "stop a");
    assertThat(states(lifecycle)).containsExactly("a STOPPED ", "b STOPPED ");
  }

  @Test
  void tellsTheListenerOfEveryState() throws Exception {
    Lifecycle lifecycle = lifecycle(LIMITS, new Part("a"));
    assertThat(states(lifecycle)).containsExactly("a NEW ");
    lifecycle.start();
    lifecycle.stop();
    assertThat(heard)
        .containsExactly(
            "a INITIALIZING ", "a STARTING ", "a RUNNING ", "a STOPPING ", "a STOPPED ");
    assertThat(lifecycle.status().getFirst().since()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void aFailureStopsWhatHadStartedTheFailedOneIncluded() {
    var failing =
        new Part("b") {
          @Override
          public void start() throws Exception {
            super.start();
            throw new java.net.BindException("port 8443 is in use\n(by pid 7)");
          }
        };
    Lifecycle lifecycle = lifecycle(LIMITS, new Part("a"), failing, new Part("c"));
    assertThatThrownBy(lifecycle::start)
        .isInstanceOf(LifecycleException.class)
        .hasMessage("b: port 8443 is in use; (by pid 7)")
        .hasCauseInstanceOf(java.net.BindException.class);
    assertThat(calls).containsExactly("init a", "start a", "init b", "start b", "stop b", "stop a");
    assertThat(states(lifecycle))
        .containsExactly("a STOPPED ", "b FAILED port 8443 is in use; (by pid 7)", "c NEW ");
    assertThat(lifecycle.ready()).isFalse();
  }

  @Test
  void failuresToStopAreSuppressedAndDoNotKeepTheOthersFromStopping() {
    Lifecycle lifecycle =
        lifecycle(
            LIMITS, new Part("a"), new Part("b").failingToStop(), new Part("c").failingToInit());
    Throwable failure = catchThrowable(lifecycle::start);
    assertThat(failure).hasMessage("c: no init");
    assertThat(failure.getSuppressed())
        .singleElement()
        .asString()
        .contains("stop failed: b will not");
    assertThat(calls).endsWith("stop c", "stop b", "stop a");
    assertThat(states(lifecycle)).contains("b FAILED stop failed: b will not");
  }

  @Test
  void aFailureWithoutAMessageIsNamed() {
    var failing =
        new Part("a") {
          @Override
          public void start() {
            throw new StackOverflowError();
          }
        };
    assertThatThrownBy(lifecycle(LIMITS, failing)::start).hasMessage("a: StackOverflowError");
  }

  @Test
  void givesUpOnAComponentThatDoesNotBecomeReady() {
    var limits = new Limits(Duration.ofMillis(30), Duration.ofSeconds(10));
    Lifecycle lifecycle = lifecycle(limits, new Part("a").neverReady());
    assertThatThrownBy(lifecycle::start).hasMessage("a: not ready within 0 s of its start");
    assertThat(calls).containsExactly("init a", "start a", "stop a");
  }

  @Test
  void aComponentThatHangsWhileStoppingIsLeftAlone() throws Exception {
    var released = new CountDownLatch(1);
    var hanging =
        new Part("b") {
          @Override
          public void stop() {
            try {
              released.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    var limits = new Limits(Duration.ofSeconds(10), Duration.ofMillis(20));
    Lifecycle lifecycle = lifecycle(limits, new Part("a"), hanging);
    lifecycle.start();
    lifecycle.stop();
    released.countDown();
    assertThat(states(lifecycle)).contains("b FAILED did not stop within 0 s");
    assertThat(calls).endsWith("stop a");
  }

  @Test
  void stopDuringStartMakesItFailAndWaitsUntilAllIsStopped() throws Exception {
    var waiting = new Part("b").neverReady();
    Lifecycle lifecycle = lifecycle(LIMITS, new Part("a"), waiting, new Part("c"));
    var outcome = new ArrayList<Throwable>();
    Thread starter = Thread.ofPlatform().start(() -> outcome.add(catchThrowable(lifecycle::start)));
    assertThat(waiting.started.await(10, TimeUnit.SECONDS)).isTrue();
    lifecycle.stop();
    assertThat(calls).containsExactly("init a", "start a", "init b", "start b", "stop b", "stop a");
    starter.join();
    assertThat(outcome.getFirst()).hasMessage("b: not started, the appliance is stopping");
  }

  @Test
  void nothingStartsAfterStop() {
    Lifecycle lifecycle = lifecycle(LIMITS, new Part("a"));
    lifecycle.stop();
    assertThatThrownBy(lifecycle::start).isInstanceOf(LifecycleException.class);
    assertThat(calls).isEmpty();
  }

  @Test
  void stopMayBeCalledByAComponent() {
    var holder = new ArrayList<Lifecycle>();
    var stopping =
        new Part("a") {
          @Override
          public void start() throws Exception {
            super.start();
            holder.getFirst().stop();
          }
        };
    Lifecycle lifecycle = lifecycle(LIMITS, stopping, new Part("b"));
    holder.add(lifecycle);
    assertThatThrownBy(lifecycle::start).hasMessageContaining("is stopping");
    assertThat(calls).containsExactly("init a", "start a", "stop a");
  }

  private Lifecycle lifecycle(Limits limits, Component... components) {
    return new Lifecycle(
        List.of(components),
        limits,
        InstantSource.fixed(Instant.EPOCH),
        status -> heard.add(show(status)));
  }

  private static List<String> states(Lifecycle lifecycle) {
    return lifecycle.status().stream().map(LifecycleTest::show).toList();
  }

  private static String show(ComponentStatus status) {
    return status.name() + " " + status.state() + " " + status.lastError();
  }

  private class Part implements Component {
    final CountDownLatch started = new CountDownLatch(1);
    private final String name;
    private boolean ready = true;
    private boolean stops = true;
    private boolean initializes = true;

    Part(String name) {
      this.name = name;
    }

    Part neverReady() {
      ready = false;
      return this;
    }

    Part failingToStop() {
      stops = false;
      return this;
    }

    Part failingToInit() {
      initializes = false;
      return this;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void init() {
      calls.add("init " + name);
      if (!initializes) {
        throw new IllegalStateException("no init");
      }
    }

    @Override
    public void start() throws Exception {
      calls.add("start " + name);
      started.countDown();
    }

    @Override
    public boolean ready() {
      return ready;
    }

    @Override
    public void stop() {
      calls.add("stop " + name);
      if (!stops) {
        throw new IllegalStateException(name + " will not");
      }
    }
  }
}
