package io.croft.app.bundle;

import java.util.List;
import java.util.Optional;

/// What a bundle holds, as far as it could be read, and what is wrong with it.
///
/// @param version of croft; empty when the bundle does not say it
/// @param created when, as the bundle says it; empty when it does not
/// @param k3s its version, if there is one
/// @param program all files that are not below
/// @param programBytes of these
/// @param engine `lib/k3s`, if there is one
/// @param images archives of images
/// @param packages packages of applications
/// @param signature whose it is
/// @param problems a line for each thing that is wrong, in the order of finding
public record BundleReport(
    String version,
    String created,
    Optional<String> k3s,
    int program,
    long programBytes,
    Optional<Item> engine,
    List<Item> images,
    List<Item> packages,
    Signature signature,
    List<String> problems) {
  public BundleReport {
    images = List.copyOf(images);
    packages = List.copyOf(packages);
    problems = List.copyOf(problems);
  }

  /// One file.
  public record Item(String name, long bytes) {}

  /// What is known of the signature.
  public enum Signature {
    /// There is none.
    NONE,
    /// There is one, and no key to verify it with.
    UNVERIFIED,
    /// It is by the key that was named.
    VALID,
    /// It is not.
    WRONG
  }

  public boolean isSound() {
    return problems.isEmpty();
  }
}
