package io.croft.app.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Properties;

/// Which Croft this is.
///
/// @param croft the release, for example `0.1.0`
/// @param java the Java that runs it
/// @param platform operating system and processor, for example `linux/amd64`
public record Version(String croft, String java, String platform) {
  /// The version of this process.
  public static Version current() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return new Version(
        release(),
        System.getProperty("java.version"),
        system + "/" + System.getProperty("os.arch"));
  }

  private static String release() {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      var properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
