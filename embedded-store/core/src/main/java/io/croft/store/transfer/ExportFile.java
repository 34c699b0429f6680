package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.transfer.JsonLineParser.Malformed;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/// Reads an export from a file, and looks whether it is whole and keeps the rules of its format.
public final class ExportFile {
  /// The longest line: a value of the largest request that a store can be configured to take, in
  /// base64, and a key.
  private static final int MAX_LINE_BYTES = 100 << 20;

  private static final int BUFFER = 1 << 16;

  private final Target target;
  private final MessageDigest digest = Checksums.sha256();
  private final Set<Long> knownLeases = new HashSet<>();
  private Bytes lastKey = Bytes.EMPTY;
  private long line;
  private long leases;
  private long keys;

  private ExportFile(Target target) {
    this.target = target;
  }

  /// Takes what an export has, in the order of the file.
  interface Target {
    void lease(long id, long ttlSeconds) throws IOException;

    void key(KeyValue kv) throws IOException;
  }

  /// Reads all of a file and says what it has.
  ///
  /// @throws InvalidExportException when it is not an export, damaged or incomplete, with the line
  public static ExportSummary verify(Path file) throws IOException {
    return read(
        file,
        new Target() {
          @Override
          public void lease(long id, long ttlSeconds) {}

          @Override
          public void key(KeyValue kv) {}
        });
  }

  /// @throws InvalidExportException likewise, which may turn out only after all of it has been
  ///   given to `target`
  static ExportSummary read(Path file, Target target) throws IOException {
    ExportFile export = new ExportFile(target);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      return export.read(new LineReader(in, MAX_LINE_BYTES));
    } catch (Malformed e) {
      throw new InvalidExportException(file, export.line, String.valueOf(e.getMessage()));
    } catch (LineReader.TooLong e) {
      throw new InvalidExportException(
          file, export.line, "is longer than " + MAX_LINE_BYTES + " bytes");
    }
  }

  private ExportSummary read(LineReader lines) throws IOException, Malformed, LineReader.TooLong {
    line = 1;
    byte[] first = lines.next();
    JsonFields fields = fields(first);
    digest.update(first);
    long revision = header(fields);
    Instant exportedAt = exportedAt(fields);
    Bytes prefix = fields.has("prefixBase64") ? fields.bytes("prefixBase64") : Bytes.EMPTY;
    fields.expectNoMore();
    while (true) {
      line++;
      byte[] next = lines.next();
      if (next.length == 0) {
        throw new Malformed("the export is cut off: its last line, with the checksum, is missing");
      }
      JsonFields entry = fields(next);
      if (entry.has("sha256")) {
        end(entry, lines);
        return new ExportSummary(revision, exportedAt, prefix, leases, keys);
      }
      digest.update(next);
      entry(entry, prefix);
    }
  }

  private static JsonFields fields(byte[] line) throws Malformed {
    int end = line.length > 0 && line[line.length - 1] == '\n' ? line.length - 1 : line.length;
    Map<String, Object> fields =
        JsonLineParser.parse(new String(line, 0, end, StandardCharsets.UTF_8));
    return new JsonFields(fields);
  }

  private static long header(JsonFields fields) throws Malformed {
    if (!fields.has("format") || !fields.text("format").equals(ExportWriter.FORMAT)) {
      throw new Malformed("this is not an export of a store");
    }
    long version = fields.number("version", 1, Long.MAX_VALUE);
    if (version != ExportWriter.VERSION) {
      throw new Malformed(
          "the export has version %d, known is %d".formatted(version, ExportWriter.VERSION));
    }
    return fields.number("revision", 1, Long.MAX_VALUE);
  }

  private static Instant exportedAt(JsonFields fields) throws Malformed {
    try {
      return Instant.parse(fields.text("exportedAt"));
    } catch (DateTimeParseException e) {
      throw new Malformed("field exportedAt is not a time such as 2026-01-31T12:00:00Z");
    }
  }

  private void entry(JsonFields entry, Bytes prefix) throws IOException, Malformed {
    if (entry.has("keyBase64")) {
      key(entry, prefix);
    } else {
      lease(entry);
    }
  }

  private void lease(JsonFields entry) throws IOException, Malformed {
    long id = entry.hex("lease");
    long ttlSeconds = entry.number("ttlSeconds", 1, Long.MAX_VALUE);
    entry.expectNoMore();
    if (!knownLeases.add(id)) {
      throw new Malformed("lease " + Long.toHexString(id) + " stands there twice");
    }
    target.lease(id, ttlSeconds);
    leases++;
  }

  private void key(JsonFields entry, Bytes prefix) throws IOException, Malformed {
    Bytes key = entry.bytes("keyBase64");
    if (entry.has("key") && !entry.text("key").equals(key.asUtf8())) {
      throw new Malformed("field key is not what keyBase64 says");
    }
    if (key.compareTo(lastKey) <= 0 || !key.startsWith(prefix)) {
      throw new Malformed("key " + key + " is out of order, or not of the prefix");
    }
    KeyValue kv =
        new KeyValue(
            key,
            entry.bytes("valueBase64"),
            entry.number("create", 1, Long.MAX_VALUE),
            entry.number("mod", 1, Long.MAX_VALUE),
            entry.number("version", 1, Long.MAX_VALUE),
            entry.has("lease") ? entry.hex("lease") : 0);
    entry.expectNoMore();
    if (kv.lease() != 0 && !knownLeases.contains(kv.lease())) {
      throw new Malformed("the lease of key " + key + " does not stand before it");
    }
    lastKey = key;
    target.key(kv);
    keys++;
  }

  private void end(JsonFields last, LineReader lines)
      throws IOException, Malformed, LineReader.TooLong {
    long saidLeases = last.number("leases", 0, Long.MAX_VALUE);
    long saidKeys = last.number("keys", 0, Long.MAX_VALUE);
    String sha256 = last.text("sha256");
    last.expectNoMore();
    if (saidLeases != leases || saidKeys != keys) {
      throw new Malformed(
          "the export has %d leases and %d keys, its end says %d and %d"
              .formatted(leases, keys, saidLeases, saidKeys));
    }
    if (!sha256.equals(HexFormat.of().formatHex(digest.digest()))) {
      throw new Malformed("the export does not match its checksum: it was changed or damaged");
    }
    line++;
    if (lines.next().length > 0) {
      throw new Malformed("there is something behind the end of the export");
    }
  }
}
