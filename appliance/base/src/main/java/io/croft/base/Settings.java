package io.croft.base;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// All settings, each with its value and where that came from. Immutable.
public final class Settings {
  private final Map<String, Setting> byName;

  private Settings(Map<String, Setting> byName) {
    this.byName = byName;
  }

  /// Where a value was given; its text names the place for a user.
  public sealed interface Origin {
    /// @param name with its dashes: `--listen`
    record Flag(String name) implements Origin {
      @Override
      public String toString() {
        return "option " + name;
      }
    }

    /// @param variable such as `CROFT_LISTEN`
    record Environment(String variable) implements Origin {
      @Override
      public String toString() {
        return "environment variable " + variable;
      }
    }

    /// @param line counted from 1
    record Line(Path file, int line) implements Origin {
      @Override
      public String toString() {
        return file + ":" + line;
      }
    }

    /// Nobody set it.
    record Default() implements Origin {
      @Override
      public String toString() {
        return "default";
      }
    }
  }

  /// What someone set a setting to.
  public record Given(String text, Origin origin) {}

  /// One effective setting.
  ///
  /// @param shown its text; `********` when it is a secret that was set
  public record Effective(String key, String shown, Origin origin) {}

  private record Setting(SettingKey<?> key, Given given, Object value) {}

  /// Reads every known setting from the first source that gives it, else from its default.
  ///
  /// @param known all settings that exist
  /// @param sources values by the setting's name; the first source wins
  /// @throws SettingsException listing all values that cannot be read and all unknown names
  public static Settings read(
      Collection<? extends SettingKey<?>> known, List<Map<String, Given>> sources)
      throws SettingsException {
    var problems = new ArrayList<SettingsException.Problem>();
    var byName = new LinkedHashMap<String, Setting>();
    for (SettingKey<?> key : known) {
      Given given = effective(key, sources);
      try {
        byName.put(key.name(), new Setting(key, given, key.read(given.text())));
      } catch (IllegalArgumentException e) {
        problems.add(badValue(key, given, e));
      }
    }
    List<String> names = known.stream().map(SettingKey::name).toList();
    for (Map<String, Given> source : sources) {
      source.forEach((name, given) -> {
        if (!names.contains(name)) {
          problems.add(unknown(name, given, names));
        }
      });
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return new Settings(byName);
  }

  /// The source that environment variables are. Unknown variables are not looked at: Kubernetes
  /// puts `CROFT_SERVICE_HOST` and the like into the environment of pods beside a service `croft`.
  public static Map<String, Given> fromEnvironment(
      Collection<? extends SettingKey<?>> known, Map<String, String> environment) {
    var source = new HashMap<String, Given>();
    for (SettingKey<?> key : known) {
      String variable = key.environmentVariable();
      String text = environment.get(variable);
      if (text != null) {
        source.put(key.name(), new Given(text, new Origin.Environment(variable)));
      }
    }
    return source;
  }

  /// @throws IllegalArgumentException when the key was not among the known ones
  public <T> T get(SettingKey<T> key) {
    Setting setting = byName.get(key.name());
    if (setting == null || setting.key() != key) {
      throw new IllegalArgumentException("not a known setting: " + key.name());
    }
    @SuppressWarnings("unchecked") // the very key read this value
    T value = (T) setting.value();
    return value;
  }

  /// Every setting as it is in force, in the order of declaration, fit for showing.
  public List<Effective> effective() {
    return byName.values().stream()
        .map(s ->
            new Effective(s.key().name(), masked(s.key(), s.given().text()), s.given().origin()))
        .toList();
  }

  private static Given effective(SettingKey<?> key, List<Map<String, Given>> sources) {
    return sources.stream()
        .map(source -> source.get(key.name()))
        .filter(Objects::nonNull)
        .findFirst()
        .orElseGet(() -> new Given(key.defaultText(), new Origin.Default()));
  }

  private static SettingsException.Problem badValue(
      SettingKey<?> key, Given given, IllegalArgumentException e) {
    String text = "bad value \"%s\": %s".formatted(masked(key, given.text()), e.getMessage());
    return new SettingsException.Problem(key.name(), given.origin(), text);
  }

  private static SettingsException.Problem unknown(String name, Given given, List<String> names) {
    Optional<String> nearest =
        names.stream()
            .min(Comparator.comparingInt(known -> distance(name, known)))
            .filter(known -> distance(name, known) <= Math.max(3, name.length() / 4));
    String text =
        nearest.map(n -> "unknown setting; did you mean " + n + "?").orElse("unknown setting");
    return new SettingsException.Problem(name, given.origin(), text);
  }

  private static String masked(SettingKey<?> key, String text) {
    return key.isSecret() && !text.isEmpty() ? "********" : text;
  }

  /// How many characters must be put in, taken out or replaced to turn `a` into `b` (Levenshtein).
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
