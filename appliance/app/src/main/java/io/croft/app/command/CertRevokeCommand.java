package io.croft.app.command;

import io.croft.fleet.kinds.FleetKinds;
import io.croft.pki.IssuedCertificate;
import io.croft.pki.Pem;
import io.croft.pki.PkiControl;
import io.croft.pki.PkiException;
import io.croft.pki.RevokedCertificate.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// `croft cert revoke`: takes certificates back that the appliance's authorities have issued.
@Command(
    name = "revoke",
    description = {
      "Takes back certificates of the appliance's authorities, for good.",
      "A running appliance refuses them from the next request on."
    },
    footer = {
      "",
      "Example:",
      "  croft cert revoke alice --reason key-compromise",
      "  croft cert revoke system:node:edge-1     # all of a host's",
      "  croft cert revoke --certificate alice.crt"
    })
final class CertRevokeCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      converter = Reasons.class,
      description =
          "Why: unspecified, key-compromise, affiliation-changed, superseded,"
              + " cessation-of-operation or privilege-withdrawn.")
  private Reason reason = Reason.UNSPECIFIED;

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description = "The certificate in this file (PEM), also one that was never written down.")
  private @Nullable Path file;

  @Parameters(
      paramLabel = "SERIAL|NAME",
      arity = "0..*",
      description = "A serial number in hexadecimal digits, or whose certificates, all of them.")
  private List<String> which = List.of();

  CertRevokeCommand(Shell shell) {
    this.shell = shell;
  }

  /// The names of RFC 5280 in the writing of options.
  static final class Reasons implements ITypeConverter<Reason> {
    @Override
    public Reason convert(String text) {
      return Arrays.stream(Reason.values())
          .filter(r -> text(r).equals(text))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "expected one of "
                      + Arrays.stream(Reason.values())
                          .map(Reasons::text)
                          .collect(Collectors.joining(", "))
                      + ", got "
                      + text));
    }

    private static String text(Reason reason) {
      return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Override
  public Integer call() throws Exception {
    if (which.isEmpty() == (file == null)) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "say which: a serial number or a name, or --certificate FILE");
    }
    PkiControl control = PkiDirectory.control(common.configuration(shell));
    if (file != null) {
      X509Certificate certificate = certificate(file);
      control.revoke(certificate, reason);
      shell.out().println("revoked " + certificate.getSerialNumber().toString(16));
      return ExitCode.DONE.code();
    }
    List<IssuedCertificate> living = control.living();
    for (String one : which) {
      List<IssuedCertificate> meant = living.stream().filter(c -> meant(c, one)).toList();
      if (meant.isEmpty()) {
        throw new CommandException(
            ExitCode.FAILED,
            "no certificate that lives and is not revoked has the serial number or name %s"
                .formatted(one));
      }
      revoke(control, meant);
      if (FleetKinds.hostGroup(one).isPresent()) {
        // It may have got one meanwhile. Of others, that is what the appliance has replaced.
        revoke(control, control.living().stream().filter(c -> meant(c, one)).toList());
      }
      tellOfOthers(control, living, one);
    }
    return ExitCode.DONE.code();
  }

  private static boolean meant(IssuedCertificate certificate, String text) {
    String serial = text.toLowerCase(Locale.ROOT).replace(":", "").replaceFirst("^0+", "");
    return certificate.serialText().equals(serial)
        || certificate.commonName().equals(text)
        || FleetKinds.hostGroup(text).filter(certificate.organizations()::contains).isPresent();
  }

  private void revoke(PkiControl control, List<IssuedCertificate> meant)
      throws IOException, PkiException {
    control.revoke(meant, reason);
    meant.forEach(
        c -> shell.out().println("revoked %s (%s)".formatted(c.serialText(), c.commonName())));
  }

  /// Whoever has had a certificate of a host may have got others with it.
  private void tellOfOthers(PkiControl control, List<IssuedCertificate> before, String which)
      throws IOException, PkiException {
    Set<String> users =
        before.stream()
            .filter(c -> meant(c, which) && !c.commonName().equals(which))
            .map(IssuedCertificate::commonName)
            .filter(user -> FleetKinds.hostGroup(user).isPresent())
            .collect(Collectors.toSet());
    for (String user : users) {
      long others = control.living().stream().filter(c -> meant(c, user)).count();
      if (others > 0) {
        shell
            .err()
            .println(
                "%d other certificates of this host are good still; all of them: croft cert revoke %s"
                    .formatted(others, user));
      }
    }
  }

  private static X509Certificate certificate(Path file) throws Exception {
    try {
      return Pem.certificates(Files.readString(file)).getFirst();
    } catch (PkiException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, file + " " + e.getMessage(), e);
    }
  }
}
