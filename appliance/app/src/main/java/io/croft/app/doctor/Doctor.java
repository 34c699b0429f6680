package io.croft.app.doctor;

import io.croft.app.doctor.Finding.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Looks at a machine, and mends what can be mended safely.
public final class Doctor {
  private static final List<Check> CHECKS =
      Stream.of(
              MachineChecks.ALL,
              DiskChecks.ALL,
              NetworkChecks.ALL,
              ClockChecks.ALL,
              StateChecks.ALL,
              EngineChecks.ALL,
              ApplianceChecks.ALL,
              MembershipChecks.ALL)
          .flatMap(List::stream)
          .toList();

  private final Host host;
  private final boolean containers;

  /// @param containers whether containers shall run on this machine
  public Doctor(Host host, boolean containers) {
    this.host = host;
    this.containers = containers;
  }

  /// @param check its name
  /// @param fixed whether this was a problem and was mended; the finding is the one after it
  public record Result(String check, Finding finding, boolean fixed) {}

  /// @param fix whether to mend
  /// @param each told as soon as it is known
  /// @return how bad the worst is that is left
  public Level examine(boolean fix, Consumer<Result> each) {
    Level worst = Level.OK;
    for (Check check : CHECKS) {
      if (check.containers() && !containers) {
        continue;
      }
      Result result = examine(check, fix);
      each.accept(result);
      Level level = result.finding().level();
      worst = level.compareTo(worst) > 0 ? level : worst;
    }
    return worst;
  }

  private Result examine(Check check, boolean fix) {
    Finding found = look(check);
    if (!fix || !found.isProblem() || found.repair() == null) {
      return new Result(check.name(), found, false);
    }
    try {
      found.repair().apply();
    } catch (IOException e) {
      var failed =
          new Finding(
              found.level(), found.message(), found.hint() + " (cannot mend it: " + e + ")", null);
      return new Result(check.name(), failed, false);
    }
    Finding after = look(check);
    return new Result(check.name(), after, !after.isProblem());
  }

  private Finding look(Check check) {
    try {
      return check.probe().look(host);
    } catch (IOException | UncheckedIOException e) {
      return Finding.warning("cannot be seen: " + e, "run as root, or as the owner of the files");
    }
  }
}
