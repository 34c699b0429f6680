package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.pki.AuthorityStatus;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.CertificateSubject;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `croft cert ca list`: the generations of authorities that are trusted.
@Command(
    name = "list",
    description = {
      "Lists the generations of the appliance's certificate authorities that are trusted.",
      "announced: trusted, not used yet; current: issues; replaced: trusted, issues for servers at"
          + " most; superseded: trusted for a moment more."
    },
    footer = {"", "Example:", "  croft cert ca list"})
final class CertCaListCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  CertCaListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    var statuses = PkiDirectory.control(common.configuration(shell)).authorities();
    switch (output.format) {
      case table -> print(statuses);
      case json -> printJson(statuses);
    }
    return ExitCode.DONE.code();
  }

  private void print(List<AuthorityStatus> statuses) {
    var table = new Table("GENERATION", "STATE", "ROOT", "EXPIRES", "ROOT KEY", "IN USE");
    for (AuthorityStatus status : statuses) {
      table.row(
          String.valueOf(status.generation()),
          state(status),
          CertificateSubject.of(status.root()).commonName(),
          end(status).toString(),
          status.rootKeyHere() ? "here" : "elsewhere",
          inUse(status));
    }
    table.print(shell.out());
  }

  static String state(AuthorityStatus status) {
    return status.state().name().toLowerCase(Locale.ROOT);
  }

  /// When the first of its certificates ends.
  static Instant end(AuthorityStatus status) {
    return status.authorities().stream()
        .map(CertificateAuthority::certificate)
        .map(c -> c.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  static String inUse(AuthorityStatus status) {
    String known = String.valueOf(status.inUse().size());
    return Instant.now().isBefore(status.unrecordedUntil()) ? known + ", and unknown ones" : known;
  }

  private void printJson(List<AuthorityStatus> statuses) {
    ArrayNode list = Json.array();
    statuses.forEach(status -> json(list.addObject(), status));
    shell.out().println(list.toPrettyString());
  }

  static void json(ObjectNode json, AuthorityStatus status) {
    json.put("generation", status.generation())
        .put("state", state(status))
        .put("root", status.root().getSubjectX500Principal().getName())
        .put("notAfter", end(status).toString())
        .put("rootKeyHere", status.rootKeyHere())
        .put("inUse", status.inUse().size());
    if (Instant.now().isBefore(status.unrecordedUntil())) {
      json.put("unrecordedUntil", status.unrecordedUntil().toString());
    }
  }
}
