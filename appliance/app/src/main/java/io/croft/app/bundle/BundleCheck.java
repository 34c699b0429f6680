package io.croft.app.bundle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Sha256;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/// Reads a [Bundle] once, from its beginning to its end, and finds what `install.sh --bundle` would
/// refuse, and what no bundle has. Nothing is unpacked.
public final class BundleCheck {
  /// Far more than any bundle has; what goes beyond is read no further.
  static final int MAX_ENTRIES = 10_000;

  private static final long MAX_BYTES = 64L << 30;

  /// Of `SHA256SUMS`, its signature and `bundle.json`, which are kept in memory.
  private static final int MAX_KEPT_BYTES = 4 << 20;

  private static final int PIECE_BYTES = 1 << 16;
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *](.+)");

  /// By their names in the bundle.
  private final Map<String, Found> files = new TreeMap<>();

  private final Map<String, byte[]> kept = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();
  private final byte[] piece = new byte[PIECE_BYTES];
  private int entries;
  private long bytes;

  private record Found(String sha256, long bytes) {}

  private BundleCheck() {}

  /// @param key who must have signed it, if that matters
  /// @throws IOException when the file cannot be read
  public static BundleReport of(Path file, Optional<PublicKey> key)
      throws IOException, GeneralSecurityException {
    var check = new BundleCheck();
    try (InputStream in = Files.newInputStream(file)) {
      if (check.read(in)) {
        check.compare();
      }
    }
    return check.report(key);
  }

  /// @return whether it was read to its end, so that it can be told what is missing
  private boolean read(InputStream in) throws IOException {
    Unzipping unzipped;
    try {
      unzipped = new Unzipping(in);
    } catch (EOFException | ZipException e) {
      problems.add("this is no bundle: it is not gzipped");
      return false;
    }
    try {
      var archive = new BufferedInputStream(unzipped, PIECE_BYTES);
      var tar = new TarReader(archive);
      for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
        entries++;
        bytes += entry.bytes();
        if (entries > MAX_ENTRIES || bytes > MAX_BYTES) {
          problems.add(
              "it has more than %d entries, or more than %d GiB: no bundle has"
                  .formatted(MAX_ENTRIES, MAX_BYTES >> 30));
          return false;
        }
        take(entry, tar);
      }
      if (isFollowed(archive) || unzipped.isFollowed()) {
        problems.add("something follows the end of the archive");
      }
      return true;
    } catch (EOFException e) {
      problems.add("it is cut off %s".formatted(place()));
    } catch (ZipException e) {
      problems.add("it is damaged %s: %s".formatted(place(), e.getMessage()));
    } catch (TarReader.FormatException e) {
      problems.add(
          entries == 0
              ? "this is no bundle: " + e.getMessage()
              : "it is damaged %s: %s".formatted(place(), e.getMessage()));
    }
    return false;
  }

  private String place() {
    return entries == 0 ? "at its beginning" : "in or after its entry number " + entries;
  }

  /// What a writer fills its last record with is empty.
  private boolean isFollowed(InputStream archive) throws IOException {
    boolean followed = false;
    int count;
    while ((count = archive.read(piece)) >= 0) {
      for (int i = 0; i < count; i++) {
        followed |= piece[i] != 0;
      }
    }
    return followed;
  }

  private void take(TarReader.Entry entry, TarReader tar) throws IOException {
    String name = entry.name().startsWith("./") ? entry.name().substring(2) : entry.name();
    String shown = shown(name);
    if (leaves(name)) {
      problems.add(shown + ": its path leaves the bundle's directory");
    } else if (entry.isLink()) {
      problems.add(shown + ": is a link, and a bundle has none");
    } else if (entry.isDirectory()) {
      return; // packing anew makes these
    } else if (!entry.isFile()) {
      problems.add(shown + ": is neither a file nor a directory");
    } else {
      if (name.equals(Bundle.ROOT + Bundle.LAUNCHER) && !entry.executable()) {
        problems.add(shown + ": is not executable");
      }
      takeFile(name.substring(Bundle.ROOT.length()), tar);
    }
  }

  private static boolean leaves(String name) {
    String path = name.endsWith("/") ? name : name + "/";
    return !path.startsWith(Bundle.ROOT)
        || path.contains("//")
        || path.contains("/./")
        || path.contains("/../");
  }

  private void takeFile(String name, TarReader tar) throws IOException {
    MessageDigest digest = Sha256.begin();
    boolean keep = Bundle.ABOUT.contains(name);
    var content = new ByteArrayOutputStream();
    long size = 0;
    int count;
    while ((count = tar.read(piece)) >= 0) {
      digest.update(piece, 0, count);
      size += count;
      if (keep && size <= MAX_KEPT_BYTES) {
        content.write(piece, 0, count);
      }
    }
    if (keep && size > MAX_KEPT_BYTES) {
      problems.add("%s: has more than %d MiB".formatted(name, MAX_KEPT_BYTES >> 20));
    } else if (keep) {
      kept.put(name, content.toByteArray());
    }
    var found = new Found(HexFormat.of().formatHex(digest.digest()), size);
    if (files.put(name, found) != null) {
      problems.add(shown(name) + ": is there twice");
    }
  }

  /// Compares what is there with what must be.
  private void compare() {
    byte[] sums = kept.get(Bundle.SUMS);
    if (sums == null) {
      problems.add("this is no bundle: it has no %s%s".formatted(Bundle.ROOT, Bundle.SUMS));
      return;
    }
    Map<String, String> listed = listed(new String(sums, StandardCharsets.UTF_8));
    listed.forEach((name, sha256) -> {
      Found found = files.get(name);
      if (found == null) {
        problems.add(shown(name) + ": is missing");
      } else if (!found.sha256().equals(sha256)) {
        problems.add(shown(name) + ": was changed, its SHA-256 is " + found.sha256());
      }
    });
    for (String name : files.keySet()) {
      boolean itself = name.equals(Bundle.SUMS) || name.equals(Bundle.SIGNATURE);
      if (!itself && !listed.containsKey(name)) {
        problems.add(shown(name) + ": is not listed in " + Bundle.SUMS);
      }
    }
    for (String name : List.of(Bundle.LAUNCHER, Bundle.CONTENTS)) {
      if (!files.containsKey(name) && !listed.containsKey(name)) {
        problems.add(name + ": is missing");
      }
    }
  }

  private Map<String, String> listed(String sums) {
    var listed = new TreeMap<String, String>();
    int number = 0;
    for (String line : sums.lines().toList()) {
      number++;
      Matcher form = LINE.matcher(line);
      if (!form.matches()) {
        problems.add("%s: line %d is no checksum".formatted(Bundle.SUMS, number));
        break; // one tells enough
      } else if (listed.put(form.group(2), form.group(1)) != null) {
        problems.add("%s: lists %s twice".formatted(Bundle.SUMS, shown(form.group(2))));
      }
    }
    return listed;
  }

  private BundleReport report(Optional<PublicKey> key) throws GeneralSecurityException {
    BundleReport.Signature signature = signature(key);
    var images = new ArrayList<BundleReport.Item>();
    var packages = new ArrayList<BundleReport.Item>();
    Optional<BundleReport.Item> engine = Optional.empty();
    int program = 0;
    long programBytes = 0;
    for (var file : files.entrySet()) {
      String name = file.getKey();
      var item = new BundleReport.Item(shown(name), file.getValue().bytes());
      if (name.equals(Bundle.K3S)) {
        engine = Optional.of(item);
      } else if (name.startsWith(Bundle.IMAGES)) {
        images.add(item);
      } else if (name.startsWith(Bundle.PACKAGES)) {
        packages.add(item);
      } else {
        program++;
        programBytes += item.bytes();
      }
    }
    ObjectNode contents = contents();
    return new BundleReport(
        shown(contents.path("version").asText("")),
        shown(contents.path("created").asText("")),
        engine.map(_ -> shown(contents.path("k3s").asText(""))),
        program,
        programBytes,
        engine,
        images,
        packages,
        signature,
        problems);
  }

  private ObjectNode contents() {
    byte @Nullable [] contents = kept.get(Bundle.CONTENTS);
    if (contents == null) {
      return Json.object();
    }
    try {
      return Json.parseObject(contents);
    } catch (MalformedJsonException e) {
      problems.add("%s: %s".formatted(Bundle.CONTENTS, e.getMessage()));
      return Json.object();
    }
  }

  private BundleReport.Signature signature(Optional<PublicKey> key)
      throws GeneralSecurityException {
    byte[] signature = kept.get(Bundle.SIGNATURE);
    byte[] sums = kept.get(Bundle.SUMS);
    if (key.isEmpty()) {
      return signature == null ? BundleReport.Signature.NONE : BundleReport.Signature.UNVERIFIED;
    }
    if (sums == null) {
      return BundleReport.Signature.NONE; // what is wrong is said already
    }
    if (signature == null) {
      problems.add("it is not signed");
      return BundleReport.Signature.NONE;
    }
    var verifying = Bundle.signing(key.get());
    verifying.initVerify(key.get());
    verifying.update(sums);
    if (verifies(verifying, signature)) {
      return BundleReport.Signature.VALID;
    }
    problems.add("it is not signed with that key, or what it signs was changed");
    return BundleReport.Signature.WRONG;
  }

  private static boolean verifies(java.security.Signature verifying, byte[] signature) {
    try {
      return verifying.verify(signature);
    } catch (SignatureException e) {
      return false; // it has not even the form of one
    }
  }

  /// Whoever made the archive does not write on terminals.
  private static String shown(String text) {
    return text.replaceAll("[^ -~]", "?");
  }

  /// Knows whether bytes follow the compressed ones, which the JDK's passes over.
  private static final class Unzipping extends GZIPInputStream {
    private static final int TRAILER_BYTES = 8;

    Unzipping(InputStream in) throws IOException {
      super(in, PIECE_BYTES);
    }

    /// At the end.
    boolean isFollowed() throws IOException {
      return inf.getRemaining() > TRAILER_BYTES || in.available() > 0;
    }
  }
}
