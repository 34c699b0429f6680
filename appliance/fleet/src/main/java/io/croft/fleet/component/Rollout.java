package io.croft.fleet.component;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Decides which hosts may be given which version now. A function of what is, so that it does not
/// matter who is killed when.
///
/// - Hosts are changed in the falling order of their names; those that have the version come first.
///   `partition` hosts at the end of that order keep what they have.
/// - A host counts as unavailable that is not ready, lacks the component, is just changed, or
///   cannot do what it was told. One that works is changed only if there are fewer than
///   `maxUnavailable` of those. One that lacks it gets it when fewer than `maxUnavailable` are just
///   changed; one that is being changed is told of another version at once: both make none
///   unavailable that was not.
/// - As long as a host cannot do it, no other one is given the same version.
/// - When paused, only those get a version that have none.
/// - A host that lacks it and is to keep what it has gets the last version that all had.
final class Rollout {
  private final Wish wish;
  private final List<HostState> hosts;
  private final int maxUnavailable;
  private final Set<String> chosen = new HashSet<>();
  private final boolean failed;
  private final List<Step> steps = new ArrayList<>();
  private int changing;
  private int unavailable;

  /// @param version what hosts should have
  /// @param before the last version that all had; empty when there is none
  record Wish(
      String version, String before, Share maxUnavailable, Share partition, boolean paused) {}

  /// A host is to be told of another version.
  record Step(HostState host, String version) {}

  Rollout(Wish wish, List<HostState> all) {
    this.wish = wish;
    this.hosts = all.stream().sorted(Comparator.comparing(HostState::name).reversed()).toList();
    this.maxUnavailable = Math.max(1, wish.maxUnavailable().roundedUp(hosts.size()));
    this.failed = hosts.stream().anyMatch(h -> isUpdated(h) && h.isFailed());
    this.changing = (int) hosts.stream().filter(HostState::isChanging).count();
    this.unavailable = (int) hosts.stream().filter(HostState::isUnavailable).count();
    choose();
    hosts.stream().filter(h -> !isUpdated(h) && h.isChanging()).forEach(this::redirect);
    hosts.stream().filter(HostState::isMissing).forEach(this::give);
    hosts.stream().filter(h -> !isUpdated(h) && h.isReady()).forEach(this::change);
  }

  private void choose() {
    int room = hosts.size() - wish.partition().roundedDown(hosts.size());
    room -= (int) hosts.stream().filter(this::isUpdated).count();
    for (HostState host : hosts) {
      if (!isUpdated(host) && room > 0) {
        chosen.add(host.name());
        room--;
      }
    }
  }

  private boolean mayChange(HostState host) {
    return chosen.contains(host.name()) && !wish.paused() && !failed;
  }

  private void redirect(HostState host) {
    if (mayChange(host)) {
      steps.add(new Step(host, wish.version()));
    }
  }

  private void give(HostState host) {
    boolean old = !chosen.contains(host.name()) && !wish.before().isEmpty();
    if (host.reachable() && changing < maxUnavailable && (old || !failed)) {
      steps.add(new Step(host, old ? wish.before() : wish.version()));
      changing++;
    }
  }

  private void change(HostState host) {
    if (mayChange(host) && host.reachable() && unavailable < maxUnavailable) {
      steps.add(new Step(host, wish.version()));
      changing++;
      unavailable++;
    }
  }

  boolean isUpdated(HostState host) {
    return host.version().equals(wish.version());
  }

  /// In the order in which they may be taken; each leaves room for those after it.
  List<Step> steps() {
    return List.copyOf(steps);
  }

  /// All hosts, in the order in which they are changed.
  List<HostState> hosts() {
    return hosts;
  }

  int maxUnavailable() {
    return maxUnavailable;
  }

  /// Whether some host cannot do what it was told, which holds the others back.
  boolean isHeldByFailure() {
    return failed;
  }

  /// How many hosts are still to be changed.
  int left() {
    return chosen.size();
  }
}
