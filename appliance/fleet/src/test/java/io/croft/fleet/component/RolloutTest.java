package io.croft.fleet.component;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.fleet.kinds.ComponentReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// K-n are statements about DaemonSets, with nodes instead of pods.
@Tag("G18")
@Tag("R-90")
class RolloutTest {
  private static HostState host(int number, String version, String phase, boolean reachable) {
    Optional<ComponentReport> report =
        phase.isEmpty()
            ? Optional.empty()
            : Optional.of(new ComponentReport(version, 1, phase, "said so"));
    return new HostState("h%02d".formatted(number), version, 1, reachable, report);
  }

  private static HostState ready(int number, String version) {
    return host(number, version, "Ready", true);
  }

  private static List<HostState> hosts(int count, String version) {
    return IntStream.range(0, count).mapToObj(i -> ready(i, version)).toList();
  }

  private static List<HostState> with(List<HostState> hosts, HostState... others) {
    var all = new ArrayList<>(hosts);
    for (HostState other : others) {
      all.removeIf(host -> host.name().equals(other.name()));
      all.add(other);
    }
    return all;
  }

  private static Share number(int value) {
    return new Share(value, false);
  }

  private static Rollout.Wish wish(Share maxUnavailable, Share partition, boolean paused) {
    return new Rollout.Wish("2", "1", maxUnavailable, partition, paused);
  }

  private static List<String> steps(Rollout.Wish wish, List<HostState> hosts) {
    return new Rollout(wish, hosts)
        .steps().stream().map(step -> step.host().name() + "=" + step.version()).toList();
  }

  @Test
  @Tag("K-10")
  void theHighestNamesAreChangedAsFarAsThePartitionAllows() {
    assertThat(steps(wish(number(10), number(7), false), hosts(10, "1")))
        .containsExactly("h09=2", "h08=2", "h07=2");
    // Raised again, it moves nobody back; those that have it count wherever they stand.
    assertThat(
            steps(
                wish(number(10), number(7), false),
                with(hosts(10, "1"), ready(0, "2"), ready(1, "2"), ready(2, "2"), ready(3, "2"))))
        .isEmpty();
  }

  @ParameterizedTest
  @Tag("K-11")
  @CsvSource({
    "100, 5,   false, 95,  false, 5",
    "100, 5,   false, 100, false, 0",
    "99,  5,   false, 100, false, 0",
    "10,  20,  true,  0,   false, 2",
    "11,  20,  true,  0,   false, 3",
    "10,  0,   false, 0,   false, 1",
    "10,  100, true,  55,  true,  5",
    "0,   1,   false, 0,   false, 0"
  })
  void numbersAndSharesAreRoundedAsDaemonSetsDo(
      int hosts, int unavailable, boolean percent, int partition, boolean share, int steps) {
    assertThat(
            steps(
                wish(new Share(unavailable, percent), new Share(partition, share), false),
                hosts(hosts, "1")))
        .hasSize(steps);
  }

  @Test
  @Tag("K-12")
  void whenPausedOnlyHostsWithoutItGetIt() {
    List<HostState> hosts =
        with(hosts(3, "1"), host(3, "", "", true), host(2, "1", "Failed", true));
    assertThat(steps(wish(number(3), number(0), true), hosts)).containsExactly("h03=2");
  }

  @Test
  @Tag("R-96")
  void aHostThatComesLaterGetsWhatItsPlaceIsToHave() {
    List<HostState> hosts = with(hosts(4, "1"), ready(3, "2"), host(0, "", "", true));
    assertThat(steps(wish(number(1), number(3), false), hosts)).containsExactly("h00=1");
    var first = new Rollout.Wish("2", "", number(1), number(3), false);
    assertThat(steps(first, hosts)).containsExactly("h00=2");
  }

  @Test
  @Tag("K-14")
  @Tag("R-91")
  void hostsThatAreNotReadyUseUpWhatMayBeUnavailable() {
    assertThat(
            steps(
                wish(number(2), number(0), false),
                with(hosts(5, "1"), host(0, "1", "Ready", false))))
        .containsExactly("h04=2");
    assertThat(
            steps(
                wish(number(1), number(0), false),
                with(hosts(5, "1"), host(0, "1", "Ready", false))))
        .isEmpty();
    // Those that were told something have not got it before they say so, about just that.
    var stale =
        new HostState(
            "h04", "2", 3, true, Optional.of(new ComponentReport("2", 1, "Ready", "of before")));
    assertThat(steps(wish(number(1), number(0), false), with(hosts(5, "1"), stale))).isEmpty();
  }

  @Test
  @Tag("K-15")
  void aHostThatIsBrokenAnywayIsChangedRegardlessOfTheOthers() {
    assertThat(
            steps(
                wish(number(1), number(2), false),
                with(
                    hosts(5, "1"),
                    host(0, "1", "Failed", true),
                    host(3, "1", "Installing", true),
                    host(2, "1", "Failed", true))))
        .containsExactly("h03=2", "h02=2");
  }

  @Test
  void aFailureHoldsBackTheSameVersionAndNoOther() {
    List<HostState> hosts = with(hosts(5, "1"), host(4, "2", "Failed", true));
    assertThat(steps(wish(number(3), number(0), false), hosts)).isEmpty();
    var back = new Rollout.Wish("1", "1", number(3), number(0), false);
    assertThat(steps(back, hosts)).containsExactly("h04=1");
  }

  @Test
  void firstInstallationsAreLimitedToo() {
    List<HostState> none = IntStream.range(0, 6).mapToObj(i -> host(i, "", "", i != 5)).toList();
    assertThat(steps(new Rollout.Wish("1", "", number(2), number(0), false), none))
        .containsExactly("h04=1", "h03=1");
  }

  /// Hosts that fail, vanish and come back at random; the wish changes meanwhile.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void noStepEverMakesMoreUnavailableThanAllowed(long seed) {
    var random = new Random(seed);
    int count = 10;
    Map<String, HostState> site = new HashMap<>();
    hosts(count, "1").forEach(host -> site.put(host.name(), host));
    Set<String> everTold = new HashSet<>();
    int max = 1 + random.nextInt(3);
    int partition = random.nextInt(count);
    for (int round = 0; round < 2000; round++) {
      boolean paused = random.nextInt(5) == 0;
      if (random.nextInt(200) == 0) {
        partition = random.nextInt(partition + 1);
      }
      var wish = wish(number(max), number(partition), paused);
      for (Rollout.Step step : new Rollout(wish, List.copyOf(site.values())).steps()) {
        assertThat(paused).isFalse();
        HostState host = step.host();
        if (host.isReady()) {
          assertThat(host.reachable()).isTrue();
          long others = site.values().stream().filter(HostState::isUnavailable).count();
          assertThat(others).isLessThan(max);
        }
        everTold.add(host.name());
        site.put(
            host.name(),
            new HostState(
                host.name(), step.version(), host.revision() + 1, host.reachable(), host.report()));
      }
      assertThat(everTold).hasSizeLessThanOrEqualTo(count - partition);
      String name = "h%02d".formatted(random.nextInt(count));
      HostState host = requireNonNull(site.get(name));
      String phase = random.nextInt(8) == 0 ? "Failed" : "Ready";
      site.put(
          name,
          new HostState(
              name,
              host.version(),
              host.revision(),
              random.nextInt(6) > 0,
              Optional.of(new ComponentReport(host.version(), host.revision(), phase, ""))));
    }
    assertThat(everTold).hasSize(count - partition);
  }
}
