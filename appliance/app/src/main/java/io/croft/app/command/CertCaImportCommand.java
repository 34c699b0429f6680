package io.croft.app.command;

import io.croft.pki.EncryptedKeys;
import io.croft.pki.Passphrase;
import io.croft.pki.Pem;
import io.croft.pki.PkiControl;
import io.croft.pki.PkiException;
import io.croft.pki.TokenKey;
import io.croft.pki.x509.PrivateKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Optional;
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
      "Examples:",
      "  croft cert ca import --cert chain.pem --key ca.key --passphrase-file passphrase",
      "  croft cert ca import --pkcs11 token.cfg --alias root --passphrase-file pin"
    })
final class CertCaImportCommand implements Callable<Integer> {
  /// More than any chain or key needs.
  private static final long MAX_BYTES = 1 << 20;

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = {
        "The authority's certificate and those above it up to the root, in PEM.",
        "With --pkcs11: those that are on the token, unless this says others."
      })
  private @Nullable Path cert;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "Its key in PEM: PKCS#8, also encrypted, PKCS#1 or SEC1.")
  private @Nullable Path key;

  @Option(
      names = "--pkcs11",
      paramLabel = "FILE",
      description = {
        "Its key is on a PKCS#11 token and stays there. FILE names the token as Java's SunPKCS11",
        "wants it: name = …, library = …, slotListIndex = …"
      })
  private @Nullable Path pkcs11;

  @Option(
      names = "--alias",
      paramLabel = "LABEL",
      description =
          "Which key of the token, by the label of its certificate; where it has several.")
  private @Nullable String alias;

  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description = {
        "Opens an encrypted key, or is the token's PIN: the first line of this file, or of",
        "/dev/fd/N."
      })
  private @Nullable Path passphraseFile;

  CertCaImportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    PkiControl control = PkiDirectory.control(common.configuration(shell));
    try {
      CertCaRotateCommand.announce(
          shell, pkcs11 == null ? importFiles(control) : control.importAuthority(onToken(pkcs11)));
    } catch (PkiException e) {
      throw new CommandException(ExitCode.FAILED, e.getMessage() + "; nothing was changed", e);
    }
    return ExitCode.DONE.code();
  }

  private int importFiles(PkiControl control) throws IOException, PkiException {
    if (key == null || cert == null || alias != null) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "give --cert and --key, or --pkcs11 for a key on a token");
    }
    return control.importAuthority(read(cert, Pem::certificates), read(key, this::privateKey));
  }

  private TokenKey onToken(Path token) throws PkiException, IOException {
    if (key != null || passphraseFile == null) {
      throw new CommandException(
          ExitCode.WRONG_USAGE,
          key != null
              ? "give either --key or --pkcs11"
              : "--pkcs11 needs the token's PIN: --passphrase-file");
    }
    char[] pin = Passphrase.read(passphraseFile).toCharArray();
    try {
      TokenKey found = TokenKey.open(token, Optional.ofNullable(alias), pin);
      return cert == null ? found : new TokenKey(found.key(), read(cert, Pem::certificates));
    } finally {
      Arrays.fill(pin, '\0');
    }
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
