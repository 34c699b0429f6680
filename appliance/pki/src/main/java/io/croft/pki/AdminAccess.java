package io.croft.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// What it takes to ask a running appliance as its administrator. Reads no key but that one.
///
/// @param trusted with which the appliance is verified
public record AdminAccess(Identity admin, List<X509Certificate> trusted) {
  public AdminAccess {
    trusted = List.copyOf(trusted);
  }

  /// @param directory of the appliance's keys and certificates
  /// @throws PkiException when something is missing or unusable
  public static AdminAccess read(Path directory, KeyEncoding keys)
      throws IOException, PkiException {
    var files = new PkiFiles(directory.toAbsolutePath(), keys);
    var roots = new LinkedHashSet<X509Certificate>();
    for (Generation generation : new Generations(files.directory()).active()) {
      roots.addAll(generation.roots());
    }
    return new AdminAccess(files.identity(PkiFiles.ADMIN), new ArrayList<>(roots));
  }
}
