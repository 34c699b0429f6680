package io.croft.smoke;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The stock `kubectl`, as the administrator of an appliance.
final class Kubectl {
  private final Appliance appliance;
  private final String program;

  /// The newest, or the one that `-Dcroft.kubectl` names. Skips the test where it is missing.
  Kubectl(Appliance appliance) {
    this(appliance, System.getProperty("croft.kubectl", "kubectl"));
  }

  /// @param program which of those that peers.sh brings
  Kubectl(Appliance appliance, String program) {
    this.appliance = appliance;
    this.program = Distribution.peer(program);
  }

  Command command(String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(program);
    line.addAll(List.of(arguments));
    Map<String, String> environment =
        Map.of(
            "KUBECONFIG", appliance.kubeconfig().toString(),
            // Its caches of what the server offers must not outlive the server.
            "HOME", appliance.directory().toString());
    return new Command(List.copyOf(line), environment, "");
  }

  Command.Output run(String... arguments) {
    return command(arguments).run();
  }

  /// The output of a command that must succeed, without the white space around it.
  String text(String... arguments) {
    return run(arguments).succeeded().text();
  }

  /// `kubectl apply -f -`
  String apply(String manifest) {
    return command("apply", "-f", "-").reading(manifest).run().succeeded().text();
  }

  /// Starts a command that goes on until it is destroyed.
  Process start(Path out, String... arguments) {
    return command(arguments).start(out, out.resolveSibling(out.getFileName() + ".err"));
  }
}
