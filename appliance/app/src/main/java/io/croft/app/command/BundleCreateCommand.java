package io.croft.app.command;

import io.croft.app.bundle.Bundle;
import io.croft.app.runtime.Version;
import io.croft.app.terminal.Progress;
import io.croft.engine.k3s.K3sProgram;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft bundle create`: this croft, and what it needs besides, as one file.
@Command(
    name = "create",
    description = {
      "Packs this croft, k3s, images and packages into one file with checksums.",
      "On a host without a network: tar -xzf FILE croft/install.sh && croft/install.sh --bundle"
          + " FILE"
    },
    footer = {
      "",
      "Example:",
      "  croft bundle create --k3s ./k3s --images ./k3s-airgap-images.tar.zst --sign-key key.pem"
    })
final class BundleCreateCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--k3s",
      paramLabel = "FILE",
      description = "The k3s to put into it. Default: that of the bundle that this croft is from.")
  private @Nullable Path k3s;

  @Option(
      names = "--images",
      paramLabel = "PATH",
      description = "An archive of container images, or a directory of such. May be repeated.")
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--packages",
      paramLabel = "PATH",
      description = "A package, or a directory of such. May be repeated.")
  private List<Path> packages = new ArrayList<>();

  @Option(
      names = "--sign-key",
      paramLabel = "FILE",
      description = "An EC or RSA private key in PEM that signs the checksums.")
  private @Nullable Path signKey;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "The file to make. Default: croft-VERSION-OS-ARCH-bundle.tar.gz here.")
  private @Nullable Path output;

  BundleCreateCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Optional<PrivateKey> key = signKey();
    var progress = Progress.on(shell.err(), shell.interactive());
    String version = Version.current().croft();
    Path home = home();
    var bundle =
        new Bundle(
            home,
            version,
            engine(home),
            Bundle.expand(images),
            Bundle.expand(packages),
            InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS));
    Path file = output == null ? Path.of(usualName(version)) : output;
    progress.doing("bundle", "packing");
    new NewFile(file).write(out -> bundle.write(out, key));
    progress.done("bundle", "packed");
    progress.settle();
    shell.out().printf("%s: %d bytes%n", file, Files.size(file));
    return ExitCode.DONE.code();
  }

  private static String usualName(String version) {
    String architecture = System.getProperty("os.arch").replace("aarch64", "arm64");
    return "croft-%s-%s-%s-bundle.tar.gz"
        .formatted(
            version,
            System.getProperty("os.name").toLowerCase(Locale.ROOT),
            architecture.replace("x86_64", "amd64"));
  }

  /// Where this program is installed.
  private static Path home() {
    String launcher = System.getProperty("croft.launcher", "");
    if (launcher.isEmpty()) {
      throw new CommandException(
          ExitCode.FAILED, "this croft was not started by its launcher, and cannot pack itself");
    }
    return Path.of(launcher).toAbsolutePath().resolveSibling("..").normalize();
  }

  private Optional<K3sProgram> engine(Path home) {
    Path bundled = home.resolve("lib/k3s");
    if (k3s == null && !Files.exists(bundled)) {
      return Optional.empty();
    }
    try {
      return Optional.of(K3sProgram.of(k3s == null ? bundled : k3s));
    } catch (IOException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, "--k3s: " + e.getMessage(), e);
    }
  }

  private Optional<PrivateKey> signKey() throws IOException {
    if (signKey == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Pem.privateKey(Files.readString(signKey)));
    } catch (PkiException e) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "--sign-key: %s: %s".formatted(signKey, e.getMessage()), e);
    }
  }
}
