import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// Builds `target/croft`, what a user installs, from the jars that `target/jars.txt` lists:
///
/// | part | is |
/// |---|---|
/// | `bin/croft` | the launcher |
/// | `lib/*.jar` | croft and its libraries |
/// | `lib/java.options` | options for Java |
/// | `lib/appliance.aot` | for `croft up`: classes linked, methods profiled ahead of time |
/// | `lib/store.aot` | the same for `croft store serve` |
/// | `lib/commands.aot` | the same for all other commands |
/// | `runtime/` | the part of the JDK that croft needs |
/// | `service/` | units of service managers, with places to fill in |
/// | `install.sh`, `uninstall.sh`, `remove-k3s.sh` | what installs it from here, and removes it |
///
/// and packs it as `target/croft-VERSION-OS-ARCH.tar.gz`.
public final class Distribution {
  /// What croft needs of the JDK. `jdeps` finds the first two; the others are looked up by name:
  /// logback and H2 ask for naming and XML, Netty for management and `Unsafe`, what describes the
  /// process for its open files; tokens with keys for cryptoki.
  private static final String MODULES =
      "java.base,java.net.http,java.logging,java.management,java.naming,java.xml,jdk.crypto.cryptoki,jdk.management,jdk.net,jdk.unsupported";

  /// A cache holds for class path entries of one size and time; archives keep whole seconds.
  private static final FileTime TIME = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  private final Path source;
  private final Path target;
  private final Path home;
  private final Path lib;
  private final String version;

  private Distribution(Path module, String version) {
    this.source = module.resolve("src");
    this.target = module.resolve("target");
    this.home = target.resolve("croft");
    this.lib = home.resolve("lib");
    this.version = version;
  }

  /// @param args the folder of this Maven module, the version
  public static void main(String[] args) throws Exception {
    new Distribution(Path.of(args[0]), args[1]).build();
  }

  private void build() throws Exception {
    List<String> jars = copyJars();
    copy(source.resolve("java.options"), lib);
    copy(source.resolveSibling("install.sh"), home);
    copy(source.resolveSibling("uninstall.sh"), home);
    copy(source.resolveSibling("remove-k3s.sh"), home);
    copyService();
    writeLauncher(jars);
    linkRuntime();
    trainCaches(jars);
    pack();
  }

  private void copyService() throws IOException {
    Path service = home.resolve("service");
    Files.createDirectories(service);
    copy(source.resolve("service/croft.service"), service);
    copy(source.resolve("service/croft.openrc"), service);
  }

  private static void copy(Path file, Path directory) throws IOException {
    Files.copy(file, directory.resolve(file.getFileName()), REPLACE_EXISTING, COPY_ATTRIBUTES);
  }

  /// The appliance's own jar first, the others by name, so that the class path is always the same.
  private List<String> copyJars() throws IOException {
    delete(lib);
    Files.createDirectories(lib);
    var names = new ArrayList<String>();
    String jars = Files.readString(target.resolve("jars.txt")).strip();
    for (String jar : jars.split(File.pathSeparator)) {
      String name = Path.of(jar).getFileName().toString();
      copyUnsigned(Path.of(jar), lib.resolve(name));
      names.add(name);
    }
    names.sort(
        Comparator.comparing((String name) -> !name.startsWith("croft-app-"))
            .thenComparing(Comparator.naturalOrder()));
    return names;
  }

  /// Classes of a signed jar are not cached (Bouncy Castle's are signed for Java editions that
  /// demand it; OpenJDK does not). Where the jars come from, Maven has checked.
  private static void copyUnsigned(Path jar, Path copy) throws IOException {
    try (var in = new ZipInputStream(Files.newInputStream(jar));
        var out = new ZipOutputStream(Files.newOutputStream(copy))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (!entry.getName().matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)")) {
          var plain = new ZipEntry(entry.getName());
          plain.setLastModifiedTime(TIME);
          out.putNextEntry(plain);
          in.transferTo(out);
        }
      }
    }
    Files.setLastModifiedTime(copy, TIME);
  }

  private void writeLauncher(List<String> jars) throws IOException {
    String classPath = jars.stream().map(jar -> "$home/lib/" + jar).collect(joining(":"));
    Path launcher = home.resolve("bin/croft");
    Files.createDirectories(launcher.getParent());
    Files.writeString(
        launcher, Files.readString(source.resolve("bin/croft")).replace("@CLASS_PATH@", classPath));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /// Linking takes seconds, so an image that is there already and of this very Java is kept.
  private void linkRuntime() throws IOException {
    Path runtime = home.resolve("runtime");
    Path stamp = target.resolve("runtime.stamp");
    String wanted = Runtime.version() + " " + MODULES;
    if (Files.exists(stamp) && Files.readString(stamp).equals(wanted) && Files.exists(runtime)) {
      return;
    }
    delete(runtime);
    var jlink = ToolProvider.findFirst("jlink").orElseThrow();
    var out = new PrintWriter(System.out, true);
    var err = new PrintWriter(System.err, true);
    int code =
        jlink.run(
            out,
            err,
            "--add-modules=" + MODULES,
            "--strip-java-debug-attributes", // of libraries would take objcopy
            "--no-header-files",
            "--no-man-pages",
            "--compress=zip-6",
            "--output=" + runtime);
    if (code != 0) {
      throw new IOException("jlink ended with code " + code);
    }
    Files.writeString(stamp, wanted);
  }

  /// Does what users do most, which shows Java which classes and methods matter: an appliance in
  /// one process, the commands in another, then the store alone. Each gets a cache of its own,
  /// because loading what the appliance needs costs a short command more time than it saves.
  private void trainCaches(List<String> jars) throws IOException, InterruptedException {
    Path data = target.resolve("training");
    delete(data);
    String path = jars.stream().map(jar -> lib.resolve(jar).toString()).collect(joining(":"));
    String[] up = {"io.croft.app.Main", "up", "--listen=127.0.0.1:0", "--data-dir=" + data};
    Process appliance = start(training("appliance.aot", path, up));
    try {
      await(start(training("commands.aot", path, "io.croft.app.TrainingRun", data.toString())));
      await(appliance); // the last of the commands was `down`
    } finally {
      appliance.destroyForcibly();
    }
    delete(data);
    trainStore(data, path);
    delete(data);
  }

  private void trainStore(Path data, String path) throws IOException, InterruptedException {
    String address = "127.0.0.1:" + freePort();
    String[] serve = {
      "io.croft.app.Main",
      "store",
      "serve",
      "--insecure",
      "--listen=" + address,
      "--data-dir=" + data
    };
    Process store = start(training("store.aot", path, serve));
    try {
      await(start(java(path, "io.croft.store.etcd.TrainingLoad", "http://" + address)));
      store.destroy(); // asks it to end, which it does as usual
      await(store);
    } finally {
      store.destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private List<String> training(String cache, String classPath, String... main) {
    List<String> command = java(classPath, main);
    command.add(1, "-XX:AOTCacheOutput=" + lib.resolve(cache));
    return command;
  }

  private List<String> java(String classPath, String... main) {
    var command = new ArrayList<String>();
    command.add(home.resolve("runtime/bin/java").toString());
    command.add("@" + lib.resolve("java.options"));
    command.add("--class-path");
    command.add(classPath);
    command.addAll(List.of(main));
    return command;
  }

  private void pack() throws IOException, InterruptedException {
    String architecture = System.getProperty("os.arch").replace("aarch64", "arm64");
    String archive = "croft-" + version + "-linux-" + architecture + ".tar.gz";
    await(
        start(
            List.of(
                "tar",
                "--create",
                "--gzip",
                "--owner=0",
                "--group=0",
                "--file=" + target.resolve(archive),
                "--directory=" + target,
                "croft")));
  }

  /// What the process says goes to `target/distribution.log`.
  private Process start(List<String> command) throws IOException {
    var log = ProcessBuilder.Redirect.appendTo(target.resolve("distribution.log").toFile());
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
  }

  private void await(Process process) throws IOException, InterruptedException {
    int code = process.waitFor();
    if (code != 0) {
      String command = process.info().commandLine().orElse("a tool");
      System.err.println(Files.readString(target.resolve("distribution.log")));
      throw new IOException(command + " ended with code " + code);
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
