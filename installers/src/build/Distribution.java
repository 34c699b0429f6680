import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;

/// Builds `target/croft`, what a user installs, from the jars in `target/jars`:
///
/// | part | is |
/// |---|---|
/// | `bin/croft` | the launcher |
/// | `lib/*.jar` | croft and its libraries |
/// | `lib/java.options` | options for Java |
/// | `lib/croft.aot` | classes loaded and linked ahead of time, methods profiled |
/// | `install.sh`, `uninstall.sh` | for a release |
/// | `runtime/` | the part of the JDK that croft needs |
///
/// and packs it as `target/croft-VERSION-OS-ARCH.tar.gz`.
public final class Distribution {
  /// What croft needs of the JDK. `jdeps` finds the first two; the others are looked up by name:
  /// logback and H2 ask for naming and XML, Netty for management and `Unsafe`.
  private static final String MODULES =
      "java.base,java.net.http,java.logging,java.management,java.naming,java.xml,jdk.unsupported";

  /// The cache holds for class path entries of one size and time; archives keep whole seconds.
  private static final FileTime TIME = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  private static final Path JAVA = Path.of("runtime", "bin", "java");

  private final Path source;
  private final Path target;
  private final Path home;
  private final String version;

  private Distribution(Path module, String version) {
    this.source = module.resolve("src");
    this.target = module.resolve("target");
    this.home = target.resolve("croft");
    this.version = version;
  }

  /// @param args the folder of this Maven module, the version
  public static void main(String[] args) throws Exception {
    new Distribution(Path.of(args[0]), args[1]).build();
  }

  private void build() throws Exception {
    List<String> jars = copyJars();
    Files.createDirectories(home.resolve("bin"));
    Files.copy(
        source.resolve("java.options"),
        home.resolve("lib/java.options"),
        StandardCopyOption.REPLACE_EXISTING);
    writeLauncher(jars);
    for (String script : List.of("install.sh", "uninstall.sh")) {
      Files.copy(
          source.resolveSibling(script),
          home.resolve(script),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    linkRuntime();
    trainCache(jars);
    pack();
  }

  /// The appliance's own jar first, the others by name, so that the class path is always the same.
  private List<String> copyJars() throws IOException {
    Path lib = home.resolve("lib");
    delete(lib);
    Files.createDirectories(lib);
    var names = new ArrayList<String>();
    try (var jars = Files.list(target.resolve("jars"))) {
      for (Path jar : jars.toList()) {
        Path copy = lib.resolve(jar.getFileName());
        Files.copy(jar, copy);
        Files.setLastModifiedTime(copy, TIME);
        names.add(jar.getFileName().toString());
      }
    }
    names.sort(
        Comparator.comparing((String name) -> !name.startsWith("croft-app-"))
            .thenComparing(Comparator.naturalOrder()));
    return names;
  }

  private void writeLauncher(List<String> jars) throws IOException {
    String classPath =
        jars.stream().map(jar -> "$home/lib/" + jar).collect(Collectors.joining(":"));
    Path launcher = home.resolve("bin/croft");
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
    int code =
        jlink.run(
            new PrintWriter(System.out, true),
            new PrintWriter(System.err, true),
            "--add-modules",
            MODULES,
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--compress",
            "zip-6",
            "--output",
            runtime.toString());
    if (code != 0) {
      throw new IOException("jlink ended with code " + code);
    }
    Files.writeString(stamp, wanted);
  }

  /// A run of what users do most shows Java which classes and methods matter.
  private void trainCache(List<String> jars) throws IOException, InterruptedException {
    Path cache = home.resolve("lib/croft.aot");
    String classPath =
        jars.stream()
            .map(jar -> home.resolve("lib").resolve(jar).toString())
            .collect(Collectors.joining(":"));
    run(
        home.resolve(JAVA).toString(),
        "-XX:AOTCacheOutput=" + cache,
        "@" + home.resolve("lib/java.options"),
        "--class-path",
        classPath,
        "io.croft.app.Main",
        "config",
        "show");
    if (!Files.exists(cache)) {
      throw new IOException("the training run left no " + cache);
    }
  }

  private void pack() throws IOException, InterruptedException {
    String platform =
        "linux-"
            + System.getProperty("os.arch").toLowerCase(Locale.ROOT).replace("x86_64", "amd64");
    run(
        "tar",
        "--create",
        "--gzip",
        "--owner=0",
        "--group=0",
        "--file=" + target.resolve("croft-" + version + "-" + platform + ".tar.gz"),
        "--directory=" + target,
        "croft");
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException(String.join(" ", command) + " ended with code " + code);
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
