import static java.util.stream.Collectors.joining;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Builds `target/croft`, the program, from the jars that `target/jars.txt` lists, and packs it
/// with the launcher and the installers as `target/croft-VERSION-OS-ARCH-native.tar.gz`, which
/// `install.sh --bundle` takes.
///
/// GraalVM is at `GRAALVM_HOME`, or its `native-image` is on the PATH. Without one nothing is
/// built.
public final class NativeImage {
  private static final String MAIN = "io.croft.app.Main";
  private static final String FEATURE = "25";

  private final Path module;
  private final Path target;
  private final String version;

  private NativeImage(Path module, String version) {
    this.module = module;
    this.target = module.resolve("target");
    this.version = version;
  }

  /// @param args the folder of this Maven module, the version
  public static void main(String[] args) throws Exception {
    Optional<Path> builder = find();
    if (builder.isEmpty()) {
      System.out.println(
          "The native binary is not built: there is no GraalVM "
              + FEATURE
              + ". Set GRAALVM_HOME, or put its native-image on the PATH.");
      return;
    }
    new NativeImage(Path.of(args[0]), args[1]).build(builder.get());
  }

  /// Where GraalVM was said to be is where it must be; a PATH without it is none.
  private static Optional<Path> find() {
    String home = System.getenv("GRAALVM_HOME");
    if (home != null && !home.isEmpty()) {
      Path builder = Path.of(home, "bin/native-image");
      if (!Files.isExecutable(builder)) {
        throw new IllegalStateException(
            "GRAALVM_HOME is " + home + ", which has no bin/native-image");
      }
      return Optional.of(builder);
    }
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(directory -> Path.of(directory, "native-image"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private void build(Path builder) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(builder.toString());
    command.add("@" + module.resolve("src/build/native-image.args"));
    // What went into it, and why it is as large as it is.
    command.add("-H:BuildOutputJSONFile=" + target.resolve("build-report.json"));
    // For one's own tries, such as -Ob, which builds faster what runs slower.
    String more = System.getenv().getOrDefault("NATIVE_IMAGE_OPTIONS_CROFT", "");
    command.addAll(Stream.of(more.split(" ")).filter(word -> !word.isEmpty()).toList());
    command.addAll(List.of("-cp", classPath(), MAIN, target.resolve("croft").toString()));
    run(command);
    requireNothingBeside();
    pack();
  }

  /// In the order of the distribution with Java, so that the same is built from the same.
  private String classPath() throws IOException {
    return Stream.of(Files.readString(target.resolve("jars.txt")).strip().split(File.pathSeparator))
        .sorted(
            Comparator.comparing((String jar) -> !jar.contains("croft-app"))
                .thenComparing(jar -> Path.of(jar).getFileName().toString()))
        .collect(joining(File.pathSeparator));
  }

  private void requireNothingBeside() throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      List<Path> libraries = files.filter(file -> file.toString().endsWith(".so")).toList();
      if (!libraries.isEmpty()) {
        throw new IOException("the program is not one file, it needs " + libraries);
      }
    }
  }

  private void pack() throws IOException, InterruptedException {
    String architecture = System.getProperty("os.arch").replace("aarch64", "arm64");
    Path home = Files.createDirectories(target.resolve("bundle/croft"));
    Path installers = module.resolveSibling("installers");
    copy(target.resolve("croft"), Files.createDirectories(home.resolve("lib")));
    copy(installers.resolve("src/bin/croft"), Files.createDirectories(home.resolve("bin")));
    Files.setPosixFilePermissions(
        home.resolve("bin/croft"), PosixFilePermissions.fromString("rwxr-xr-x"));
    copy(installers.resolve("install.sh"), home);
    copy(installers.resolve("uninstall.sh"), home);
    copy(installers.resolve("remove-k3s.sh"), home);
    Path service = Files.createDirectories(home.resolve("service"));
    copy(installers.resolve("src/service/croft.service"), service);
    copy(installers.resolve("src/service/croft.openrc"), service);
    run(
        List.of(
            "tar",
            "--create",
            "--gzip",
            "--owner=0",
            "--group=0",
            "--mtime=2026-01-01T00:00:00Z",
            "--sort=name",
            "--file="
                + target.resolve("croft-" + version + "-linux-" + architecture + "-native.tar.gz"),
            "--directory=" + home.getParent(),
            "croft"));
  }

  private static void copy(Path file, Path directory) throws IOException {
    Files.copy(
        file,
        directory.resolve(file.getFileName()),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.COPY_ATTRIBUTES);
  }

  private void run(List<String> command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).directory(target.toFile()).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException(command.getFirst() + " ended with code " + code);
    }
  }
}
