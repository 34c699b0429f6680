package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Helm, where there is one, takes a chart with a definition, its objects and hooks through its
/// life.
class HelmTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private static final String PAGE =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: {{ .Release.Name }}-page
      data:
        greeting: {{ .Values.greeting }}
        served: {{ .Capabilities.APIVersions.Has "example.com/v1" | quote }}
      ---
      apiVersion: example.com/v1
      kind: Widget
      metadata:
        name: {{ .Release.Name }}
      spec:
        size: {{ .Values.size }}
      """;

  private static final String HOOK =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: {{ .Release.Name }}-before
        annotations:
          helm.sh/hook: pre-install,pre-upgrade,pre-rollback
          helm.sh/hook-weight: "1"
          helm.sh/hook-delete-policy: before-hook-creation
      data:
        revision: {{ .Release.Revision | quote }}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: {{ .Release.Name }}-passing
        annotations:
          helm.sh/hook: post-install,post-upgrade
          helm.sh/hook-delete-policy: hook-succeeded
      """;

  private final String helm = Distribution.peer("helm");
  private final Kubectl kubectl = new Kubectl(APPLIANCE);
  private Path chart = Path.of("");

  @BeforeEach
  void writeTheChart() throws IOException {
    chart = Files.createDirectories(APPLIANCE.directory().resolve("shop"));
    write("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 0.1.0\n");
    write("values.yaml", "greeting: hello\nsize: 3\n");
    write("crds/widgets.yaml", Manifests.WIDGET_CRD);
    write("templates/page.yaml", PAGE);
    write("templates/hooks.yaml", HOOK);
  }

  private void write(String name, String text) throws IOException {
    Path file = chart.resolve(name);
    Files.createDirectories(file.resolveSibling("x").getParent());
    Files.writeString(file, text);
  }

  private Command.Output helm(String... arguments) {
    List<String> line = new ArrayList<>(List.of(helm, "--namespace=default"));
    line.addAll(List.of(arguments));
    Map<String, String> environment =
        Map.of(
            "KUBECONFIG", APPLIANCE.kubeconfig().toString(),
            "HOME", APPLIANCE.directory().toString());
    return new Command(List.copyOf(line), environment, "").run();
  }

  private String shown(String resource, String path) {
    return kubectl.text("get", resource, "-o", "jsonpath=" + path);
  }

  @Test
  void installsUpgradesRollsBackAndUninstalls() {
    helm("install", "one", chart.toString(), "--wait", "--timeout=60s").succeeded();
    assertThat(shown("cm/one-page", "{.data.greeting} {.data.served}")).isEqualTo("hello true");
    assertThat(shown("widget/one", "{.spec}")).isEqualTo("{\"colour\":\"red\",\"size\":3}");
    assertThat(shown("cm/one-before", "{.data.revision}")).isEqualTo("1");
    assertThat(kubectl.run("get", "cm", "one-passing").exited(1).err()).contains("NotFound");

    helm(
            "upgrade",
            "one",
            chart.toString(),
            "--set",
            "greeting=bye,size=5",
            "--wait",
            "--timeout=60s")
        .succeeded();
    assertThat(shown("cm/one-page", "{.data.greeting}")).isEqualTo("bye");
    assertThat(shown("widget/one", "{.spec.size}")).isEqualTo("5");

    Command.Output refused = helm("upgrade", "one", chart.toString(), "--set", "size=11").exited(1);
    assertThat(refused.err()).contains("spec.size in body should be less than or equal to 10");
    assertThat(helm("history", "one").succeeded().text())
        .containsPattern("(?m)^1\\s.*superseded")
        .containsPattern("(?m)^2\\s.*deployed")
        .containsPattern("(?m)^3\\s.*failed");

    helm("rollback", "one", "1", "--wait", "--timeout=60s").succeeded();
    assertThat(shown("cm/one-page", "{.data.greeting}")).isEqualTo("hello");
    assertThat(shown("cm/one-before", "{.data.revision}")).isEqualTo("1"); // as it was then
    assertThat(helm("status", "one").succeeded().text()).contains("STATUS: deployed");
    assertThat(helm("get", "manifest", "one").succeeded().text()).contains("greeting: hello");

    helm("uninstall", "one", "--wait", "--timeout=60s").succeeded();
    assertThat(kubectl.run("get", "cm", "one-page").exited(1).err()).contains("NotFound");
    assertThat(kubectl.text("get", "widgets", "-o", "name")).isEmpty();
    assertThat(kubectl.text("get", "crd", "widgets.example.com", "-o", "name"))
        .isEqualTo("customresourcedefinition.apiextensions.k8s.io/widgets.example.com");
    assertThat(helm("list", "-q").succeeded().text()).isEmpty();
  }
}
