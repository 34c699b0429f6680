package io.croft.nativeimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.runtime.Endpoint;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever croft looks up by name while it runs is declared for the native image. It runs on the
/// Java at hand, so that a build without GraalVM tells when a new library or a newer one asks for
/// more.
class ReachabilityMetadataTest {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final String MAIN = "io.croft.app.Main";
  private static final String COMMANDS = CommandsRun.class.getName();

  private static final String RULED =
      """
      {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
       "metadata": {"name": "gardens.example.com"},
       "spec": {"group": "example.com", "scope": "Namespaced",
        "names": {"plural": "gardens", "kind": "Garden"},
        "versions": [{"name": "v1", "served": true, "storage": true,
         "schema": {"openAPIV3Schema": {"type": "object", "properties":
          {"spec": {"type": "object",
            "x-kubernetes-validations": [{"rule": "self.name.matches('^[a-z]+$') && self.beds < 10"}],
            "properties": {"name": {"type": "string", "maxLength": 20}, "beds": {"type": "integer"}}}}}}}]}}
      """;

  private static final String GARDEN =
      """
      {"apiVersion": "example.com/v1", "kind": "Garden", "metadata": {"name": "herbs"},
       "spec": {"name": "herbs", "beds": 3}}
      """;

  private static final Pattern CODE = Pattern.compile("\\b([A-Z]{4}-[A-Z]{4})\\b");
  private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");

  @TempDir Path directory;

  @Test
  void isDeclaredForTheApplianceAndTheCommands() throws Exception {
    Path data = directory.resolve("data");
    String where = " --data-dir " + data;
    try (var appliance =
        TracedProcess.start(directory, MAIN, "up", "--listen=127.0.0.1:0", "--data-dir=" + data)) {
      Endpoint endpoint = await(appliance, data);
      try (var client = ApplianceClient.open(data.resolve("pki"), endpoint)) {
        use(client);
      }
      logIn(data, endpoint);
      join(data, endpoint);
      try (var commands =
          TracedProcess.start(
              directory,
              COMMANDS,
              "--help",
              "completion bash",
              "version",
              "status -o json" + where,
              "kubeconfig" + where,
              "config show" + where,
              "cert list" + where,
              "cert ca list" + where,
              "user list" + where,
              "token list" + where,
              "node list" + where,
              "support-bundle --file " + directory.resolve("support.tar.gz") + where,
              "store snapshot " + directory.resolve("one.snapshot") + where,
              "down" + where,
              "store check" + where)) {
        commands.awaitSuccess();
      }
      appliance.awaitSuccess();
    }
    assertThat(undeclared()).isEmpty();
  }

  @Test
  void isDeclaredForTheStoreAlone() throws Exception {
    String url = "http://127.0.0.1:" + freePort();
    try (var store =
        TracedProcess.start(
            directory,
            MAIN,
            "store",
            "serve",
            "--insecure",
            "--listen=" + url.substring("http://".length()),
            "--data-dir=" + directory.resolve("store"))) {
      await(store, Pattern.compile("(etcd v3 endpoint)"));
      try (var importing =
          TracedProcess.start(
              directory,
              COMMANDS,
              "store import --from " + url + " --data-dir " + directory.resolve("copy"))) {
        importing.awaitSuccess();
      }
      store.stop();
      store.awaitSuccess();
    }
    assertThat(undeclared()).isEmpty();
  }

  /// As engines are given it, and tools on the same host.
  @Test
  void isDeclaredForTheStoreAtASocketOfTheFileSystem() throws Exception {
    Path socket = directory.resolve("s");
    try (var store =
        TracedProcess.start(
            directory,
            MAIN,
            "store",
            "serve",
            "--listen=unix://" + socket,
            "--data-dir=" + directory.resolve("store"))) {
      await(store, Pattern.compile("(etcd v3 endpoint)"));
      try (var importing =
          TracedProcess.start(
              directory,
              COMMANDS,
              "store import --from unix://"
                  + socket
                  + " --data-dir "
                  + directory.resolve("copy"))) {
        importing.awaitSuccess();
      }
      store.stop();
      store.awaitSuccess();
    }
    assertThat(undeclared()).isEmpty();
  }

  /// Also those that nothing above reads.
  @Test
  void isDeclaredForEveryDataFile() throws Exception {
    DeclaredMetadata declared = DeclaredMetadata.of(classPath());
    List<String> files = new ArrayList<>();
    for (Path entry : classPath()) {
      if (Files.isDirectory(entry)) {
        addDataFiles(entry, files);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(entry)) {
          addDataFiles(jar.getPath("/"), files);
        }
      }
    }
    assertThat(files).contains("io/croft/apiserver/roles.txt");
    assertThat(files).allMatch(declared::hasResource);
  }

  /// Croft's own, without those of tests.
  private static void addDataFiles(Path root, List<String> to) throws IOException {
    Path own = root.resolve("io/croft");
    if (root.endsWith("test-classes") || !Files.isDirectory(own)) {
      return;
    }
    try (Stream<Path> files = Files.walk(own)) {
      files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .filter(name -> !name.endsWith(".class"))
          .forEach(to::add);
    }
  }

  /// The tests above can fail.
  @Test
  void missesWhatIsNotDeclared() throws Exception {
    try (var program =
        TracedProcess.start(
            directory, Undeclared.class.getName(), "io.croft.nativeimage.Undeclared")) {
      program.awaitSuccess();
    }

    assertThat(undeclared())
        .map(Lookup::kind)
        .containsExactlyInAnyOrder(Lookup.Kind.TYPE, Lookup.Kind.METHOD, Lookup.Kind.CALL);
  }

  private List<Lookup> undeclared() throws IOException {
    DeclaredMetadata declared = DeclaredMetadata.of(classPath());
    LeftOut leftOut = LeftOut.read();
    ClassLoader classes = ReachabilityMetadataTest.class.getClassLoader();
    List<String> notes = TracedProcess.notes(directory);
    assertThat(notes).noneMatch(note -> note.startsWith("FAILED"));
    return notes.stream()
        .map(note -> Lookup.found(note, classes))
        .flatMap(Optional::stream)
        .filter(lookup -> !declared.has(lookup) && !leftOut.has(lookup))
        .distinct()
        .toList();
  }

  private static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(path -> path.toFile().exists())
        .toList();
  }

  private static void use(ApplianceClient client) throws Exception {
    client.read("/openapi/v3");
    client.write(
        "POST",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "application/json",
        parse(RULED));
    String gardens = "/apis/example.com/v1/namespaces/default/gardens";
    client.write("POST", gardens, "application/json", parse(GARDEN));
    client.write(
        "PATCH",
        gardens + "/herbs?fieldManager=test&force=true",
        "application/apply-patch+yaml",
        parse(GARDEN));
    client.read(gardens);
    client.write("DELETE", gardens + "/herbs", "application/json", Json.object());
    assertThat(client.text("/metrics")).contains("process_open_fds");
  }

  /// As `croft login` does for a user of the appliance's own.
  private void logIn(Path data, Endpoint endpoint) throws Exception {
    String where = " --data-dir " + data;
    try (var creating =
        TracedProcess.start(directory, COMMANDS, "user create alice --password-fd 0" + where)) {
      creating.awaitSuccess();
    }
    try (var login =
        TracedProcess.start(
            directory,
            MAIN,
            "login",
            "--kubeconfig=" + directory.resolve("login.kubeconfig"),
            "--data-dir=" + data)) {
      String code = await(login, CODE);
      LoginPage.enter(data, endpoint, "alice", TracedProcess.PASSWORD, code);
      login.awaitSuccess();
    }
  }

  private void join(Path data, Endpoint endpoint) throws Exception {
    Path token = directory.resolve("token");
    try (var creating =
        TracedProcess.start(
            directory, COMMANDS, "token create --role agent -o json --data-dir " + data)) {
      creating.awaitSuccess();
      Files.writeString(token, await(creating, TOKEN));
    }
    try (var host =
        TracedProcess.start(
            directory,
            MAIN,
            "join",
            endpoint.url(),
            "--name=edge",
            "--token-file=" + token,
            "--data-dir=" + directory.resolve("host"))) {
      await(host, Pattern.compile("node (edge) is known"));
      host.stop();
      host.awaitSuccess();
    }
  }

  private static ObjectNode parse(String json) throws MalformedJsonException {
    return Json.parseObject(json.getBytes(StandardCharsets.UTF_8));
  }

  private static Endpoint await(TracedProcess appliance, Path data) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadline && appliance.isAlive()) {
      Optional<Endpoint> endpoint = Endpoint.read(data);
      if (endpoint.isPresent()) {
        return endpoint.get();
      }
      Thread.sleep(20);
    }
    throw new AssertionError("the appliance is not ready:\n" + appliance.output());
  }

  /// Waits until it says something.
  ///
  /// @return the pattern's group
  private static String await(TracedProcess process, Pattern said) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    boolean more = true;
    while (more) {
      more = System.nanoTime() < deadline && process.isAlive();
      Matcher matcher = said.matcher(process.output());
      if (matcher.find()) {
        return matcher.group(1);
      }
      Thread.sleep(20);
    }
    throw new AssertionError("it never said " + said + ":\n" + process.output());
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
