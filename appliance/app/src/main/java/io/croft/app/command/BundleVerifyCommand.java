package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.croft.app.bundle.BundleCheck;
import io.croft.app.bundle.BundleReport;
import io.croft.app.terminal.Progress;
import io.croft.base.Sha256;
import io.croft.model.Json;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft bundle verify`: whether a bundle is what was made, before it is installed.
@Command(
    name = "verify",
    description = {
      "Reads all of a bundle, prints what it holds and what is wrong with it; installs nothing.",
      "Without --key the checksums find damage, not malice. Exit code 1 when anything is wrong."
    },
    footer = {
      "",
      "Example:",
      "  croft bundle verify croft-0.1.0-linux-amd64-bundle.tar.gz --key key.pub"
    })
final class BundleVerifyCommand implements Callable<Integer> {
  private static final int MAX_KEY_BYTES = 1 << 16;

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  @Parameters(paramLabel = "FILE", description = "The bundle.")
  private Path file = Path.of("");

  @Option(
      names = "--key",
      paramLabel = "PUBLIC_KEY",
      description = "A file with the EC or RSA public key, in PEM, that it must be signed with.")
  private @Nullable Path keyFile;

  BundleVerifyCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Optional<PublicKey> key = key();
    var progress = Progress.on(shell.err(), shell.interactive());
    progress.doing("bundle", "reading");
    BundleReport report = BundleCheck.of(file, key);
    if (report.isSound()) {
      progress.done("bundle", "sound");
    } else {
      progress.failed("bundle", "not as it was made");
    }
    progress.settle();
    String signer = key.map(BundleVerifyCommand::fingerprint).orElse("");
    switch (output.format) {
      case table -> printTable(report, signer);
      case json -> printJson(report, signer);
    }
    return (report.isSound() ? ExitCode.DONE : ExitCode.FAILED).code();
  }

  private void printTable(BundleReport report, String signer) {
    if (!report.version().isEmpty()) {
      var table = new Table("PART", "NAME", "BYTES");
      table.row("croft", report.version(), String.valueOf(report.programBytes()));
      report
          .engine()
          .ifPresent(k3s -> table.row("k3s", report.k3s().orElse(""), String.valueOf(k3s.bytes())));
      rows(table, "image", report.images());
      rows(table, "package", report.packages());
      table.print(shell.out());
      shell.out().println("made: " + report.created());
      shell.out().println("signed: " + signed(report.signature(), signer));
    }
    report.problems().forEach(problem -> shell.out().println("problem: " + problem));
  }

  private static void rows(Table table, String part, List<BundleReport.Item> items) {
    items.forEach(item -> table.row(part, fileName(item), String.valueOf(item.bytes())));
  }

  /// Without its directory.
  private static String fileName(BundleReport.Item item) {
    return item.name().substring(item.name().indexOf('/') + 1);
  }

  private static String signed(BundleReport.Signature signature, String signer) {
    return switch (signature) {
      case NONE -> "no";
      case UNVERIFIED -> "yes; by whom tells --key";
      case VALID -> "by the key with the SHA-256 " + signer;
      case WRONG -> "not by the key with the SHA-256 " + signer;
    };
  }

  private void printJson(BundleReport report, String signer) {
    var root =
        Json.object()
            .put("sound", report.isSound())
            .put("version", report.version())
            .put("created", report.created())
            .put("files", report.program())
            .put("bytes", report.programBytes());
    report
        .engine()
        .ifPresent(k3s ->
            root.putObject("k3s")
                .put("version", report.k3s().orElse(""))
                .put("bytes", k3s.bytes()));
    items(root.putArray("images"), report.images());
    items(root.putArray("packages"), report.packages());
    root.putObject("signature")
        .put("state", report.signature().name().toLowerCase(Locale.ROOT))
        .put("key", signer);
    var problems = root.putArray("problems");
    report.problems().forEach(problems::add);
    shell.out().println(root.toPrettyString());
  }

  private static void items(ArrayNode array, List<BundleReport.Item> items) {
    items.forEach(item -> array.addObject().put("name", fileName(item)).put("bytes", item.bytes()));
  }

  private Optional<PublicKey> key() throws IOException {
    if (keyFile == null) {
      return Optional.empty();
    }
    try (var in = Files.newInputStream(keyFile)) {
      String text = new String(in.readNBytes(MAX_KEY_BYTES), StandardCharsets.US_ASCII);
      return Optional.of(Pem.publicKey(text));
    } catch (PkiException e) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "--key: %s: %s".formatted(keyFile, e.getMessage()), e);
    }
  }

  /// As `openssl pkey -pubin -outform DER | sha256sum` prints it.
  private static String fingerprint(PublicKey key) {
    return Sha256.hex(key.getEncoded());
  }
}
