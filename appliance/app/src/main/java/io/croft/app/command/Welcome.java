package io.croft.app.command;

import io.croft.app.runtime.Endpoint;
import io.croft.app.runtime.Kubeconfig;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// What a user is told once the appliance is ready.
record Welcome(Path dataDir, Endpoint endpoint) {
  void print(PrintStream out, long begunNanos) {
    double seconds = (System.nanoTime() - begunNanos) / 1e9;
    out.printf(Locale.ROOT, "Croft is ready after %.1f s.%n", seconds);
    print(out);
  }

  /// The same of an appliance that has been ready for long.
  void print(PrintStream out) {
    out.printf("  API         %s%n", endpoint.url());
    Path kubeconfig = Kubeconfig.file(dataDir);
    out.printf(
        "  kubeconfig  %s%n",
        Files.exists(kubeconfig)
            ? "export KUBECONFIG=" + kubeconfig
            : "croft kubeconfig --file admin.kubeconfig"); // keys are encrypted, so none is here
    out.printf("  then        kubectl get namespaces%n");
    out.flush();
  }
}
