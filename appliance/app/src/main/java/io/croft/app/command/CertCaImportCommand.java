package io.croft.app.command;

import io.croft.pki.EncryptedKeys;
import io.croft.pki.Passphrase;
import io.croft.pki.Pem;
import io.croft.pki.PkiControl;
import io.croft.pki.PkiException;
import io.croft.pki.x509.PrivateKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft cert ca import`: a user's own authority in place of our root.
@Command(
    name = "import",
    description = {
      "Has the appliance's authorities issued by an authority of yours, a root or one below it.",
      "They replace those there are as with: croft cert ca rotate."
    },
    footer = {
      "",
      "Example:",
      "  croft cert ca import --cert chain.pem --key ca.key --passphrase-file passphrase"
    })
final class CertCaImportCommand implements Callable<Integer> {
  /// More than any chain or key needs.
  private static final long MAX_BYTES = 1 << 20;

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      required = true,
      description = "The authority's certificate and those above it up to the root, in PEM.")
  private Path cert = Path.of("");

  @Option(
      names = "--key",
      paramLabel = "FILE",
      required = true,
      description = "Its key in PEM: PKCS#8, also encrypted, PKCS#1 or SEC1.")
  private Path key = Path.of("");

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = "Opens an encrypted key: the first line of this file, or of /dev/fd/N.")
  private @Nullable Path passphraseFile;

  CertCaImportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    PkiControl control = PkiDirectory.control(common.configuration(shell));
    List<X509Certificate> chain = read(cert, Pem::certificates);
    PrivateKey privateKey = read(key, this::privateKey);
    try {
      CertCaRotateCommand.announce(shell, control.importAuthority(chain, privateKey));
    } catch (PkiException e) {
      throw new CommandException(ExitCode.FAILED, e.getMessage() + "; nothing was changed", e);
    }
    return ExitCode.DONE.code();
  }

  private PrivateKey privateKey(String pem) throws PkiException, IOException {
    if (!Pem.holdsEncryptedKey(pem)) {
      return PrivateKeys.parse(pem).getPrivate();
    }
    if (passphraseFile == null) {
      throw new PkiException("is encrypted; say where its passphrase is: --passphrase-file");
    }
    char[] passphrase = Passphrase.read(passphraseFile).toCharArray();
    try {
      return EncryptedKeys.decrypt(pem, passphrase);
    } finally {
      Arrays.fill(passphrase, '\0');
    }
  }

  private interface Reader<T> {
    T read(String pem) throws PkiException, IOException;
  }

  private static <T> T read(Path file, Reader<T> reader) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new CommandException(ExitCode.WRONG_USAGE, file + " is longer than 1 MiB");
    }
    try {
      return reader.read(Files.readString(file));
    } catch (PkiException e) {
      throw new CommandException(ExitCode.FAILED, file + " " + e.getMessage(), e);
    }
  }
}
