package io.croft.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.command.CroftCommand;
import io.croft.app.command.Shell;
import io.croft.app.runtime.Endpoint;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What a build has croft do once, so that Java learns which classes and methods matter and keeps
/// them in its ahead-of-time caches: the usual commands and requests, against an appliance that
/// runs in another process and is stopped in the end.
public final class TrainingRun {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// Several, because what they do together is done otherwise than one by one.
  private static final int CLIENTS = 8;

  private static final int ROUNDS = 100;
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String WIDGETS = "/apis/training.croft.io/v1/namespaces/default/widgets";

  private final Path dataDir;
  private final Shell silent;

  private TrainingRun(Path dataDir) {
    this.dataDir = dataDir;
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    this.silent = new Shell(Map.of(), nowhere, nowhere, false);
  }

  /// @param arguments the data directory of an appliance that runs or is starting
  public static void main(String[] arguments) throws Exception {
    new TrainingRun(Path.of(arguments[0])).run();
  }

  private void run() throws Exception {
    try (var client = ApplianceClient.open(dataDir.resolve("pki"), awaitEndpoint())) {
      discover(client);
      define(client);
      useAtOnce(client);
    }
    for (String command : List.of("version", "status", "kubeconfig", "config show", "down")) {
      croft(command);
    }
  }

  private static void useAtOnce(ApplianceClient client) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String prefix = "training-" + i + "-";
        done.add(
            threads.submit(() -> {
              for (int round = 0; round < ROUNDS; round++) {
                use(client, CONFIG_MAPS, object("v1", "ConfigMap", prefix + round));
                use(client, WIDGETS, object("training.croft.io/v1", "Widget", prefix + round));
              }
              return null;
            }));
      }
      for (Future<?> one : done) {
        one.get();
      }
    }
  }

  private void croft(String command) {
    int code = CroftCommand.run(silent, (command + " --data-dir " + dataDir).split(" "));
    if (code != 0) {
      throw new IllegalStateException("croft " + command + " ended with code " + code);
    }
  }

  private Endpoint awaitEndpoint() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<Endpoint> endpoint = Endpoint.read(dataDir);
      if (endpoint.isPresent()) {
        return endpoint.get();
      }
      Thread.sleep(10);
    }
    throw new IOException("the appliance was not ready within " + LIMIT.toSeconds() + " s");
  }

  private static void discover(ApplianceClient client) throws Exception {
    for (String path : List.of("/api", "/apis", "/api/v1", "/version", "/openapi/v3")) {
      client.read(path);
    }
  }

  private static void define(ApplianceClient client) throws Exception {
    ObjectNode crd =
        parse(
            """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
             "metadata": {"name": "widgets.training.croft.io"},
             "spec": {"group": "training.croft.io", "scope": "Namespaced",
              "names": {"plural": "widgets", "kind": "Widget"},
              "versions": [{"name": "v1", "served": true, "storage": true,
               "schema": {"openAPIV3Schema": {"type": "object", "properties":
                {"data": {"type": "object", "additionalProperties": {"type": "string"}}}}}}]}}
            """);
    client.write(
        "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "application/json", crd);
  }

  private static void use(ApplianceClient client, String collection, ObjectNode object)
      throws Exception {
    String path = collection + "/" + object.at("/metadata/name").asText();
    client.write("POST", collection, "application/json", object);
    ObjectNode read = client.read(path);
    read.withObjectProperty("data").put("more", "data");
    client.write("PUT", path, "application/json", read);
    client.write(
        "PATCH", path, "application/merge-patch+json", parse("{\"data\": {\"even\": \"more\"}}"));
    client.write(
        "PATCH",
        path + "?fieldManager=training&force=true",
        "application/apply-patch+yaml",
        object);
    client.read(collection + "?limit=100");
    client.write("DELETE", path, "application/json", Json.object());
  }

  private static ObjectNode object(String apiVersion, String kind, String name) {
    ObjectNode object = Json.object().put("apiVersion", apiVersion).put("kind", kind);
    object.putObject("metadata").put("name", name);
    object.putObject("data").put("some", "data");
    return object;
  }

  private static ObjectNode parse(String json) throws MalformedJsonException {
    return Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
  }
}
