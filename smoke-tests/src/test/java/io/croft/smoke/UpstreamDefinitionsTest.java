package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// kubectl installs and explains the definitions of other projects, which lie where
/// `-Dcroft.crds=DIRECTORY` says.
class UpstreamDefinitionsTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private static final Pattern PLURAL = Pattern.compile("(?m)^    plural: (\\S+)$");
  private static final Pattern KIND = Pattern.compile("(?m)^    kind: (\\S+)$");
  private static final Pattern VERSION =
      Pattern.compile("(?m)^(?:    |  - |    - )name: (v\\d\\S*)$");
  private static final Pattern GROUP = Pattern.compile("(?m)^  group: (\\S+)$");

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(pattern + " in " + text.lines().limit(20).toList()).isTrue();
    return matcher.group(1);
  }

  @Test
  void installsAndExplainsThemAll() throws Exception {
    String directory = System.getProperty("croft.crds", "");
    Assumptions.assumeFalse(
        directory.isEmpty(), "no definitions of other projects: -Dcroft.crds says where they are");
    var kubectl = new Kubectl(APPLIANCE);
    List<Path> files;
    try (Stream<Path> found = Files.walk(Path.of(directory))) {
      files = found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (Path file : files) {
      // Templates of an installer have their webhooks filled in; there are none here.
      String text =
          Files.readString(file)
              .replaceFirst("(?s)  conversion:\\n    strategy: Webhook.*?\\n(?=  group)", "");
      // Some are there already, as the appliance serves these kinds itself.
      kubectl
          .command("apply", "--server-side", "--force-conflicts", "-f", "-")
          .reading(text)
          .run()
          .succeeded();
      String resource = first(PLURAL, text) + "." + first(GROUP, text);
      kubectl.text("wait", "--for=condition=established", "crd/" + resource, "--timeout=20s");
      String version = "--api-version=" + first(GROUP, text) + "/" + first(VERSION, text);
      assertThat(kubectl.text("explain", first(PLURAL, text), version, "--recursive"))
          .containsPattern("GROUP: +" + Pattern.quote(first(GROUP, text)))
          .containsPattern("KIND: +" + first(KIND, text))
          .containsPattern("(?m)^  metadata\\s+<ObjectMeta>");
      assertThat(kubectl.text("get", resource, "--all-namespaces", "-o", "name")).isEmpty();
    }
  }
}
