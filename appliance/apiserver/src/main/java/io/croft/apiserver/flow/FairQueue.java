package io.croft.apiserver.flow;

import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Seats that users share fairly. Nobody gets more than a part of them; while none is free, each
/// user has a short queue, and a seat that becomes free goes to whoever has the fewest, or else was
/// served the longest ago. A queue that is full sends the latest away; when all queues together
/// are, the longest makes room. Thread-safe.
public final class FairQueue {
  private static final int RETRY_AFTER_SECONDS = 1;

  /// @param seats how many requests are worked on at a time
  /// @param perUser how many of one user
  /// @param queued how many of one user may wait
  /// @param waiting how many may wait altogether
  /// @param patience how long
  public record Limits(int seats, int perUser, int queued, int waiting, Duration patience) {
    public Limits {
      if (seats < 1 || perUser < 1 || queued < 0 || waiting < 0) {
        throw new IllegalArgumentException("limits of requests must be positive");
      }
    }

    /// The usual limits around a number of seats, of which nobody gets more than half.
    ///
    /// @param seats at least 1
    public static Limits of(int seats) {
      return new Limits(seats, Math.max(1, seats / 2), 50, 500, Duration.ofSeconds(15));
    }
  }

  /// Why a request is sent away, in kube-apiserver's words.
  public enum Refusal {
    QUEUE_FULL("queue-full"),
    TIME_OUT("time-out"),
    CANCELLED("cancelled");

    private final String text;

    Refusal(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /// A request that waits, and whether it gets a seat.
  private record Turn(CompletableFuture<Boolean> granted) {}

  /// What one user has; `served` grows from one seat to the next, whoever gets it.
  private static final class User {
    int seats;
    long served;
    final Deque<Turn> queue = new ArrayDeque<>();
  }

  private final Limits limits;
  private final Consumer<Refusal> refusals;
  private final Map<String, User> users = new HashMap<>();
  private int taken;
  private int waiting;
  private long served;

  /// @param refusals told of every request that is sent away; must not block
  public FairQueue(Limits limits, Consumer<Refusal> refusals) {
    this.limits = limits;
    this.refusals = refusals;
  }

  /// How many are worked on at this moment.
  public synchronized int taken() {
    return taken;
  }

  /// How many wait at this moment.
  public synchronized int waiting() {
    return waiting;
  }

  /// Takes a seat, waiting for it if need be.
  ///
  /// @throws StatusException 429 when there is no room, or not in time
  public Seat enter(String name) {
    Turn turn;
    synchronized (this) {
      User user = users.computeIfAbsent(name, _ -> new User());
      if (user.queue.isEmpty() && mayHave(user)) {
        return seat(name, user);
      }
      if (user.queue.size() >= limits.queued()
          || (waiting >= limits.waiting() && !makeRoom(user))) {
        forget(name, user);
        throw refusal(Refusal.QUEUE_FULL);
      }
      turn = new Turn(new CompletableFuture<>());
      user.queue.addLast(turn);
      waiting++;
    }
    return await(name, turn);
  }

  private boolean mayHave(User user) {
    return taken < limits.seats() && user.seats < limits.perUser();
  }

  private Seat seat(String name, User user) {
    count(user);
    return granted(name);
  }

  private void count(User user) {
    user.seats++;
    user.served = ++served;
    taken++;
  }

  /// Sends away the latest of the user who has the most waiting, if that is not the one who asks.
  private boolean makeRoom(User asking) {
    Optional<User> longest =
        users.values().stream().max(Comparator.comparingInt(user -> user.queue.size()));
    if (longest.isEmpty() || longest.get().queue.size() <= asking.queue.size() + 1) {
      return false;
    }
    waiting--;
    longest.get().queue.removeLast().granted().complete(false);
    return true;
  }

  private Seat await(String name, Turn turn) {
    boolean interrupted = false;
    Refusal why = Refusal.QUEUE_FULL; // others came, and there was no room any more
    try {
      turn.granted().get(limits.patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      why = Refusal.TIME_OUT; // unless it has got its seat meanwhile
    } catch (InterruptedException e) {
      why = Refusal.CANCELLED;
      interrupted = true;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    synchronized (this) {
      User user = users.computeIfAbsent(name, _ -> new User());
      if (turn.granted().getNow(false) && !interrupted) {
        return granted(name);
      }
      if (turn.granted().getNow(false)) {
        leave(name);
      } else if (user.queue.remove(turn)) {
        waiting--;
      }
      forget(name, user);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    throw refusal(why);
  }

  /// The seat was counted when it was granted.
  private Seat granted(String name) {
    var open = new AtomicBoolean(true);
    return () -> {
      if (open.compareAndSet(true, false)) {
        leave(name);
      }
    };
  }

  private synchronized void leave(String name) {
    User user = users.computeIfAbsent(name, _ -> new User());
    user.seats--;
    taken--;
    forget(name, user);
    while (taken < limits.seats()) {
      Optional<Map.Entry<String, User>> chosen =
          users.entrySet().stream()
              .filter(u -> !u.getValue().queue.isEmpty() && mayHave(u.getValue()))
              .min(
                  Comparator.<Map.Entry<String, User>>comparingInt(u -> u.getValue().seats)
                      .thenComparingLong(u -> u.getValue().served));
      if (chosen.isEmpty()) {
        return;
      }
      User lucky = chosen.get().getValue();
      waiting--;
      count(lucky);
      lucky.queue.removeFirst().granted().complete(true);
    }
  }

  private void forget(String name, User user) {
    if (user.seats == 0 && user.queue.isEmpty()) {
      users.remove(name, user);
    }
  }

  private StatusException refusal(Refusal why) {
    refusals.accept(why);
    return Statuses.tooManyRequests(
        "too many requests, please try again later", RETRY_AFTER_SECONDS);
  }
}
