package io.croft.app.command;

import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.PrivateKeys;
import io.croft.store.etcd.EtcdTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keys and certificates that a command is given by the names of their files.
final class TlsFiles {
  private TlsFiles() {}

  /// The certificates in a file.
  ///
  /// @param file null for none
  /// @throws CommandException naming the file when it holds none
  static List<X509Certificate> certificates(@Nullable Path file) throws IOException {
    return file == null ? List.of() : read(file, Pem::certificates);
  }

  /// A certificate with its key.
  ///
  /// @param trusted whose certificates the other side must have
  /// @throws CommandException naming the file that cannot be used, or both when they do not fit
  static EtcdTls identity(Path cert, Path key, List<X509Certificate> trusted) throws IOException {
    PrivateKey privateKey = read(key, TlsFiles::privateKey);
    List<X509Certificate> chain = read(cert, Pem::certificates);
    try {
      return new EtcdTls(privateKey, chain, trusted);
    } catch (IllegalArgumentException e) {
      throw wrongUsage(cert + " and " + key + " cannot be used: " + e.getMessage(), e);
    }
  }

  /// PKCS#8, PKCS#1 or SEC1, not encrypted; the usual form without loading more than that takes.
  private static PrivateKey privateKey(String pem) throws PkiException {
    return pem.contains("-----BEGIN PRIVATE KEY-----")
        ? Pem.privateKey(pem)
        : PrivateKeys.parse(pem).getPrivate();
  }

  private interface Reader<T> {
    T read(String pem) throws PkiException;
  }

  private static <T> T read(Path file, Reader<T> reader) throws IOException {
    try {
      return reader.read(Files.readString(file));
    } catch (PkiException e) {
      throw wrongUsage(file + " " + e.getMessage(), e);
    }
  }

  private static CommandException wrongUsage(String message, Exception cause) {
    return new CommandException(ExitCode.WRONG_USAGE, message, cause);
  }
}
