package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.croft.app.config.Configuration;
import io.croft.app.config.Engine;
import io.croft.app.doctor.Doctor;
import io.croft.app.doctor.Doctor.Result;
import io.croft.app.doctor.Finding;
import io.croft.app.doctor.Host;
import io.croft.app.runtime.EngineChoice;
import io.croft.model.Json;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft doctor`: what is wrong with this machine, or will be, and what to do about it.
@Command(
    name = "doctor",
    description = {
      "Looks for what keeps croft from working on this machine, or soon will, and says what to do.",
      "Exit code 1 if there is an error; warnings alone are no failure."
    },
    footer = {"", "Example:", "  croft doctor --engine k3s --fix"})
final class DoctorCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  @Option(names = "--fix", description = "Mend what can be mended safely.")
  private boolean fix;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description = "With k3s, also look at what containers need. Default: as configured.")
  private @Nullable String engine;

  DoctorCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    var options = new HashMap<String, @Nullable String>();
    options.put("engine", engine);
    Configuration configuration = common.configuration(shell, null, options);
    boolean containers = EngineChoice.of(configuration).engine() == Engine.K3S;
    var doctor =
        new Doctor(new Host(Path.of("/"), configuration, InstantSource.system()), containers);
    Finding.Level worst =
        switch (output.format) {
          case table -> doctor.examine(fix, this::print);
          case json -> {
            ArrayNode checks = Json.array();
            Finding.Level level = doctor.examine(fix, into(checks));
            shell.out().println(Json.object().set("checks", checks).toPrettyString());
            yield level;
          }
        };
    return (worst == Finding.Level.ERROR ? ExitCode.FAILED : ExitCode.DONE).code();
  }

  private void print(Result result) {
    Finding finding = result.finding();
    String level = result.fixed() ? "fixed" : level(finding);
    shell.out().printf("%-8s %-22s %s%n", level, result.check(), finding.message());
    if (!finding.hint().isEmpty()) {
      shell.out().printf("%-8s %-22s -> %s%n", "", "", finding.hint());
    }
  }

  private static Consumer<Result> into(ArrayNode checks) {
    return result ->
        checks
            .addObject()
            .put("check", result.check())
            .put("result", level(result.finding()))
            .put("message", result.finding().message())
            .put("hint", result.finding().hint())
            .put("fixed", result.fixed());
  }

  private static String level(Finding finding) {
    return finding.level().name().toLowerCase(Locale.ROOT);
  }
}
