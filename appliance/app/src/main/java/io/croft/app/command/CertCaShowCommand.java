package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.pki.AuthorityStatus;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.CertificateSubject;
import io.croft.pki.IssuedCertificate;
import io.croft.pki.Pem;
import io.croft.pki.PkiControl;
import io.croft.pki.Renewal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft cert ca show`: one generation of authorities, and what depends on it.
@Command(
    name = "show",
    description = "Shows the authorities of a generation, and the certificates that depend on it.",
    footer = {"", "Example:", "  croft cert ca show 2", "  croft cert ca show 2 --root > root.crt"})
final class CertCaShowCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  @Option(names = "--root", description = "Print the root's certificate in PEM, and nothing else.")
  private boolean root;

  @Parameters(paramLabel = "GENERATION", description = "Its number, see: croft cert ca list.")
  private int generation;

  CertCaShowCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    PkiControl control = PkiDirectory.control(common.configuration(shell));
    AuthorityStatus status =
        control.authorities().stream()
            .filter(s -> s.generation() == generation)
            .findFirst()
            .orElseThrow(() ->
                new CommandException(
                    ExitCode.FAILED,
                    "there is no generation %d that is trusted; see: croft cert ca list"
                        .formatted(generation)));
    if (root) {
      shell.out().print(Pem.encode(status.root()));
    } else if (output.format == OutputOption.Format.json) {
      printJson(status);
    } else {
      print(status);
    }
    return ExitCode.DONE.code();
  }

  private void print(AuthorityStatus status) {
    shell.out().println("generation  " + status.generation());
    shell.out().println("state       " + CertCaListCommand.state(status));
    shell.out().println("root        " + status.root().getSubjectX500Principal().getName());
    shell.out().println("root key    " + (status.rootKeyHere() ? "here" : "elsewhere"));
    shell.out().println("in use      " + CertCaListCommand.inUse(status));
    shell.out().println();
    var authorities = new Table("AUTHORITY", "SUBJECT", "EXPIRES", "RENEWAL");
    for (CertificateAuthority authority : status.authorities()) {
      var certificate = authority.certificate();
      authorities.row(
          authority.purpose().text(),
          CertificateSubject.of(certificate).commonName(),
          certificate.getNotAfter().toInstant().toString(),
          Renewal.due(certificate).toString());
    }
    authorities.print(shell.out());
    if (!status.inUse().isEmpty()) {
      shell.out().println();
      var certificates = new Table("SERIAL", "NAME", "AUTHORITY", "EXPIRES");
      for (IssuedCertificate certificate : status.inUse()) {
        certificates.row(
            certificate.serialText(),
            certificate.commonName(),
            certificate.purpose().text(),
            certificate.notAfter().toString());
      }
      certificates.print(shell.out());
    }
  }

  private void printJson(AuthorityStatus status) {
    ObjectNode json = Json.object();
    CertCaListCommand.json(json, status);
    ArrayNode authorities = json.putArray("authorities");
    for (CertificateAuthority authority : status.authorities()) {
      authorities
          .addObject()
          .put("name", authority.purpose().text())
          .put("subject", authority.certificate().getSubjectX500Principal().getName())
          .put("notAfter", authority.certificate().getNotAfter().toInstant().toString())
          .put("certificate", Pem.encode(authority.certificate()));
    }
    json.put("rootCertificate", Pem.encode(status.root()));
    ArrayNode certificates = json.putArray("certificates");
    for (IssuedCertificate certificate : status.inUse()) {
      certificates
          .addObject()
          .put("serial", certificate.serialText())
          .put("name", certificate.commonName())
          .put("authority", certificate.purpose().text())
          .put("notAfter", certificate.notAfter().toString());
    }
    shell.out().println(json.toPrettyString());
  }
}
