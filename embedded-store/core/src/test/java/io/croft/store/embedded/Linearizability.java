package io.croft.store.embedded;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Looks whether a history of concurrent operations can be explained by doing them one after the
/// other, each at some moment between its call and its return: the search of Wing and Gong, with
/// Lowe's memory of what was tried.
final class Linearizability {
  private Linearizability() {}

  /// What the operations work on.
  ///
  /// @param <S> an immutable state with `equals`
  interface Model<S, I, O> {
    /// The state after an operation; null when it cannot have that output in this state.
    ///
    /// @param output null when it is not known
    @Nullable S step(S state, I input, @Nullable O output);
  }

  /// An operation.
  ///
  /// @param called when, by a clock that all clients share
  /// @param returned when; for one without known output, when it can no longer happen
  /// @param output null when it is not known, and so not whether it happened at all
  record Operation<I, O>(long called, long returned, I input, @Nullable O output) {}

  /// Whether there is an order that explains the history.
  static <S, I, O> boolean holds(
      Model<S, I, O> model, S initial, List<Operation<I, O>> operations) {
    return new Search<>(model, initial, operations).run();
  }

  /// The call or the return of an operation, in a list of all by time.
  private static final class End {
    final int operation;
    final boolean isCall;
    final long time;
    @Nullable End before;
    @Nullable End after;

    End(int operation, boolean isCall, long time) {
      this.operation = operation;
      this.isCall = isCall;
      this.time = time;
    }

    void unlink() {
      if (before != null) {
        before.after = after;
      }
      if (after != null) {
        after.before = before;
      }
    }

    /// Undoes the last [#unlink] that has not been undone.
    void relink() {
      if (before != null) {
        before.after = this;
      }
      if (after != null) {
        after.before = this;
      }
    }
  }

  private record Tried<S>(BitSet done, S state) {}

  /// @param at the end of the operation at which it was decided
  private record Step<S>(End at, S stateBefore) {}

  private static final class Search<S, I, O> {
    private final Model<S, I, O> model;
    private final List<Operation<I, O>> operations;
    private final List<End> calls = new ArrayList<>();
    private final List<End> returns = new ArrayList<>();
    private final Set<Tried<S>> tried = new HashSet<>();
    private final Deque<Step<S>> steps = new ArrayDeque<>();
    private final BitSet done = new BitSet();
    private final End head = new End(-1, true, Long.MIN_VALUE);
    private S state;

    Search(Model<S, I, O> model, S initial, List<Operation<I, O>> operations) {
      this.model = model;
      this.operations = operations;
      this.state = initial;
      for (int i = 0; i < operations.size(); i++) {
        calls.add(new End(i, true, operations.get(i).called()));
        returns.add(new End(i, false, operations.get(i).returned()));
      }
      End last = head;
      for (End end :
          Stream.concat(calls.stream(), returns.stream())
              .sorted(Comparator.comparingLong(end -> end.time))
              .toList()) {
        last.after = end;
        end.before = last;
        last = end;
      }
    }

    boolean run() {
      End at = head.after;
      while (at != null) {
        if (advance(at)) {
          at = head.after;
        } else if (at.isCall) {
          at = at.after;
        } else {
          at = goBack();
          if (at == null) {
            return false;
          }
        }
      }
      return true;
    }

    /// Does an operation at its call, or decides at its return that one of unknown outcome did not
    /// happen.
    private boolean advance(End at) {
      S next = next(at);
      if (next == null) {
        return false;
      }
      done.set(at.operation);
      if (!tried.add(new Tried<>((BitSet) done.clone(), next))) {
        done.clear(at.operation);
        return false;
      }
      steps.push(new Step<>(at, state));
      state = next;
      calls.get(at.operation).unlink();
      returns.get(at.operation).unlink();
      return true;
    }

    private @Nullable S next(End at) {
      Operation<I, O> operation = operations.get(at.operation);
      if (at.isCall) {
        return model.step(state, operation.input(), operation.output());
      }
      return operation.output() == null ? state : null;
    }

    /// Takes steps back, up to one that leaves something else to try.
    ///
    /// @return what to try next; null when there is nothing
    private @Nullable End goBack() {
      for (Step<S> step; (step = steps.poll()) != null; ) {
        End at = step.at();
        state = step.stateBefore();
        done.clear(at.operation);
        returns.get(at.operation).relink();
        calls.get(at.operation).relink();
        if (at.isCall) {
          return at.after;
        }
      }
      return null;
    }
  }
}
