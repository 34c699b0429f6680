package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Writes an export: one JSON object per line, in UTF-8.
///
/// ```
/// {"format":"croft-store-export","version":1,"revision":7,"exportedAt":"…","prefixBase64":"…"}
/// {"lease":"6a","ttlSeconds":60}
/// {"key":"/a","keyBase64":"L2E=","valueBase64":"…","create":2,"mod":5,"version":2,"lease":"6a"}
/// {"leases":1,"keys":1,"sha256":"…"}
/// ```
///
/// `prefixBase64` is there when the export is of a prefix, `key` when the key is UTF-8 (it is for
/// readers; `keyBase64` counts), `lease`, in hexadecimal as etcdctl prints it, when the key has
/// one. A lease stands before its keys, keys are in order. `sha256` is of all lines before, line
/// ends included.
///
/// Public for sources other than a `Store`. Not thread-safe.
public final class ExportWriter {
  static final String FORMAT = "croft-store-export";
  static final int VERSION = 1;

  private static final int BUFFER = 1 << 16;
  private static final HexFormat HEX = HexFormat.of();

  private final MessageDigest digest = Checksums.sha256();
  private final OutputStream to;
  private final OutputStream out;
  private final long revision;
  private final Instant exportedAt;
  private final Bytes prefix;
  private long leases;
  private long keys;

  /// Writes the first line.
  ///
  /// @param prefix empty for an export of everything
  /// @param to is not closed
  public ExportWriter(OutputStream to, long revision, Instant exportedAt, Bytes prefix)
      throws IOException {
    this.to = to;
    this.out = new BufferedOutputStream(new DigestOutputStream(to, digest), BUFFER);
    this.revision = revision;
    this.exportedAt = exportedAt;
    this.prefix = prefix;
    JsonLine header =
        new JsonLine()
            .text("format", FORMAT)
            .number("version", VERSION)
            .number("revision", revision)
            .text("exportedAt", exportedAt.toString());
    write(prefix.isEmpty() ? header : header.text("prefixBase64", base64(prefix)));
  }

  /// Writes a lease, before the keys that are on it.
  public void lease(long id, long ttlSeconds) throws IOException {
    write(new JsonLine().text("lease", Long.toHexString(id)).number("ttlSeconds", ttlSeconds));
    leases++;
  }

  /// Writes a key, after all smaller ones.
  public void key(KeyValue kv) throws IOException {
    JsonLine line = new JsonLine();
    String text = utf8(kv.key());
    if (text != null) {
      line.text("key", text);
    }
    line.text("keyBase64", base64(kv.key()))
        .text("valueBase64", base64(kv.value()))
        .number("create", kv.createRevision())
        .number("mod", kv.modRevision())
        .number("version", kv.version());
    if (kv.lease() != 0) {
      line.text("lease", Long.toHexString(kv.lease()));
    }
    write(line);
    keys++;
  }

  /// Writes the last line, without which an export is incomplete, and flushes.
  public ExportSummary finish() throws IOException {
    out.flush();
    JsonLine last =
        new JsonLine()
            .number("leases", leases)
            .number("keys", keys)
            .text("sha256", HEX.formatHex(digest.digest()));
    to.write(last.encoded());
    to.flush();
    return new ExportSummary(revision, exportedAt, prefix, leases, keys);
  }

  private void write(JsonLine line) throws IOException {
    out.write(line.encoded());
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /// The bytes as text; null when they are not UTF-8.
  private static @Nullable String utf8(Bytes bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.array())).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
