package io.croft.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.runtime.Endpoint;
import io.croft.app.runtime.PkiSettings;
import io.croft.base.RunningProcess;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The appliance that runs on the data directory, if one does.
final class ApplianceChecks {
  static final List<Check> ALL = List.of(Check.of("appliance", ApplianceChecks::components));

  private static final String COMPONENTS = "/apis/appliance.croft.io/v1alpha1/appliancecomponents";

  private ApplianceChecks() {}

  private static Finding components(Host host) throws IOException {
    Optional<RunningProcess> process = host.appliance();
    if (process.isEmpty()) {
      return Finding.skipped("does not run; start it: croft up");
    }
    Optional<Endpoint> endpoint = Endpoint.read(host.dataDir());
    String log = "look at " + host.dataDir().resolve("logs/croft.log");
    if (endpoint.isEmpty()) {
      return Finding.warning(
          "process %d is starting, or serves the store only".formatted(process.get().pid()), log);
    }
    try (var client =
        ApplianceClient.open(
            host.dataDir().resolve("pki"),
            PkiSettings.keys(host.configuration().settings()),
            endpoint.get())) {
      List<String> failed = failed(client.read(COMPONENTS).path("items"));
      return failed.isEmpty()
          ? Finding.ok("ready at %s, pid %d".formatted(endpoint.get().url(), process.get().pid()))
          : Finding.error("not ready: " + String.join("; ", failed), log);
    } catch (PkiException e) {
      return Finding.error(String.valueOf(e.getMessage()), "see: keys");
    } catch (IOException e) {
      return Finding.error(
          "process %d does not answer at %s: %s"
              .formatted(process.get().pid(), endpoint.get().url(), e),
          log);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static List<String> failed(JsonNode components) {
    var failed = new ArrayList<String>();
    for (JsonNode component : components) {
      JsonNode status = component.path("status");
      String state = status.path("state").asText();
      if (!state.equalsIgnoreCase("running")) {
        String error = status.path("lastError").asText();
        failed.add(
            component.at("/metadata/name").asText()
                + " is "
                + state
                + (error.isEmpty() ? "" : ": " + error));
      }
    }
    return failed;
  }
}
