package io.croft.app.bundle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.engine.k3s.K3sProgram;
import io.croft.model.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// A gzipped tar archive in the form of a release, which `install.sh --bundle` installs:
///
/// | entry below `croft/` | is |
/// |---|---|
/// | what the program consists of | copied from where it is installed |
/// | `lib/k3s` | k3s, if given |
/// | `images/` | archives of container images, which k3s imports |
/// | `packages/` | packages of applications |
/// | `bundle.json` | the versions of croft and k3s, and which of the others there are |
/// | `SHA256SUMS` | of all files above, as `sha256sum --check` reads it |
/// | `SHA256SUMS.sig` | a signature of that, if a key was given: ECDSA or RSA with SHA-256, as `openssl dgst` verifies it |
///
/// @param home where the program is
/// @param version of the program
/// @param k3s the engine, if there shall be one in it
/// @param images archives of images
/// @param packages packages of applications
/// @param created when
public record Bundle(
    Path home,
    String version,
    Optional<K3sProgram> k3s,
    List<Path> images,
    List<Path> packages,
    Instant created) {
  static final String ROOT = "croft/";
  static final String LAUNCHER = "bin/croft";
  static final String K3S = "lib/k3s";
  static final String IMAGES = "images/";
  static final String PACKAGES = "packages/";
  static final String CONTENTS = "bundle.json";
  static final String SUMS = "SHA256SUMS";
  static final String SIGNATURE = "SHA256SUMS.sig";

  /// What tells of the others.
  static final Set<String> ABOUT = Set.of(SUMS, SIGNATURE, CONTENTS);

  /// Of this installation, not of the program.
  private static final Set<String> LEFT_OUT = Set.of("install.json", "defaults", "kept");

  public Bundle {
    images = List.copyOf(images);
    packages = List.copyOf(packages);
  }

  /// Writes it; `to` is left open.
  ///
  /// @param key signs the checksums, if given
  /// @return the names of what is in it
  /// @throws IOException also when two files would have one name
  public List<String> write(OutputStream to, Optional<PrivateKey> key)
      throws IOException, GeneralSecurityException {
    SortedMap<String, Path> files = files();
    long seconds = created.getEpochSecond();
    var sums = new StringBuilder();
    var gzip = new GZIPOutputStream(to);
    var tar = new TarWriter(new BufferedOutputStream(gzip));
    for (var file : files.entrySet()) {
      line(sums, tar.add(ROOT + file.getKey(), file.getValue()), file.getKey());
    }
    byte[] contents = Json.bytes(contents(files.keySet()));
    line(sums, tar.add(ROOT + CONTENTS, contents, seconds), CONTENTS);
    byte[] all = sums.toString().getBytes(StandardCharsets.UTF_8);
    tar.add(ROOT + SUMS, all, seconds);
    if (key.isPresent()) {
      tar.add(ROOT + SIGNATURE, sign(all, key.get()), seconds);
    }
    tar.end();
    gzip.finish();
    return List.copyOf(files.keySet());
  }

  private static void line(StringBuilder sums, String sha256, String name) {
    sums.append(sha256).append("  ").append(name).append('\n');
  }

  /// By their names in the bundle.
  private SortedMap<String, Path> files() throws IOException {
    var files = new TreeMap<String, Path>();
    try (Stream<Path> all = Files.walk(home, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        Path relative = home.relativize(file);
        String first = relative.getName(0).toString();
        String name = relative.toString();
        if (!LEFT_OUT.contains(first) && !ABOUT.contains(first) && !name.equals(K3S)) {
          files.put(name, file);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    k3s.ifPresent(program -> files.put(K3S, program.file()));
    addAll(files, IMAGES, images);
    addAll(files, PACKAGES, packages);
    return files;
  }

  private static void addAll(SortedMap<String, Path> files, String directory, List<Path> given)
      throws IOException {
    for (Path file : given) {
      if (!Files.isRegularFile(file)) {
        throw new IOException(file + " is not a file");
      }
      Path before = files.put(directory + file.getFileName(), file);
      if (before != null && !Files.isSameFile(before, file)) {
        throw new IOException("two files are called " + directory + file.getFileName());
      }
    }
  }

  private ObjectNode contents(Set<String> names) {
    ObjectNode contents = Json.object().put("version", version).put("created", created.toString());
    k3s.ifPresent(program -> contents.put("k3s", program.version().text()));
    var imageNames = contents.putArray("images");
    var packageNames = contents.putArray("packages");
    for (String name : names) {
      if (name.startsWith(IMAGES)) {
        imageNames.add(name);
      } else if (name.startsWith(PACKAGES)) {
        packageNames.add(name);
      }
    }
    return contents;
  }

  private static byte[] sign(byte[] text, PrivateKey key) throws GeneralSecurityException {
    Signature signature = signing(key);
    signature.initSign(key);
    signature.update(text);
    return signature.sign();
  }

  /// With SHA-256, for any curve: that is what `openssl dgst -sha256` makes and verifies.
  ///
  /// @param key either of a pair
  static Signature signing(Key key) throws GeneralSecurityException {
    return Signature.getInstance(
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default ->
              throw new InvalidKeyException(
                  "bundles are signed with an EC or an RSA key, not " + key.getAlgorithm());
        });
  }

  /// The files of some directories, by name, or the files themselves.
  ///
  /// @throws IOException when one is not there
  public static List<Path> expand(List<Path> given) throws IOException {
    var files = new ArrayList<Path>();
    for (Path path : given) {
      if (!Files.isDirectory(path)) {
        files.add(path);
        continue;
      }
      try (Stream<Path> entries = Files.list(path)) {
        entries.filter(Files::isRegularFile).sorted().forEach(files::add);
      }
    }
    return files;
  }
}
