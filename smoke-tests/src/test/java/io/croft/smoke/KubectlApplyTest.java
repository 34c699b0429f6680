package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// kubectl applies by the server, finds out who owns what, and goes over from its own apply.
class KubectlApplyTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Kubectl kubectl = new Kubectl(APPLIANCE);
  private final String namespace = "apply-" + NAMESPACES.incrementAndGet();

  @BeforeEach
  void createANamespace() {
    kubectl.text("create", "namespace", namespace);
  }

  private Command command(String... arguments) {
    var all = new ArrayList<>(List.of("--namespace=" + namespace));
    all.addAll(List.of(arguments));
    return kubectl.command(all.toArray(String[]::new));
  }

  private String text(String... arguments) {
    return command(arguments).run().succeeded().text();
  }

  private Command.Output apply(String data, String... options) {
    var all = new ArrayList<>(List.of("apply", "-f", "-"));
    all.addAll(List.of(options));
    return command(all.toArray(String[]::new)).reading(settings(data)).run();
  }

  private static String settings(String data) {
    return "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: " + data + "}";
  }

  /// Every entry of the record, as `MANAGER OPERATION`.
  private List<String> owners() throws Exception {
    JsonNode object =
        Api.MAPPER.readTree(text("get", "cm", "settings", "-o", "json", "--show-managed-fields"));
    var owners = new ArrayList<String>();
    for (JsonNode entry : object.at("/metadata/managedFields")) {
      owners.add(entry.path("manager").asText() + " " + entry.path("operation").asText());
    }
    return owners;
  }

  @Test
  void appliesByTheServer() throws Exception {
    assertThat(apply("{colour: red}", "--server-side").succeeded().text())
        .isEqualTo("configmap/settings serverside-applied");
    assertThat(owners()).containsExactly("kubectl Apply");
    String version = text("get", "cm", "settings", "-o", "jsonpath={.metadata.resourceVersion}");
    apply("{colour: red}", "--server-side").succeeded();
    assertThat(text("get", "cm", "settings", "-o", "jsonpath={.metadata.resourceVersion}"))
        .isEqualTo(version);
    apply("{size: '3'}", "--server-side").succeeded();
    assertThat(text("get", "cm", "settings", "-o", "jsonpath={.data}"))
        .isEqualTo("{\"size\":\"3\"}");
  }

  @Test
  void tellsOfConflictsAndForcesThem() throws Exception {
    apply("{colour: red}", "--server-side", "--field-manager=painter").succeeded();
    Command.Output refused = apply("{colour: blue}", "--server-side").exited(1);
    assertThat(refused.err())
        .contains("Apply failed with 1 conflict: conflict with \"painter\": .data.colour")
        .contains("--force-conflicts");
    assertThat(text("get", "cm", "settings", "-o", "jsonpath={.data.colour}")).isEqualTo("red");
    assertThat(apply("{colour: blue}", "--server-side", "--force-conflicts").succeeded().text())
        .isEqualTo("configmap/settings serverside-applied");
    assertThat(text("get", "cm", "settings", "-o", "jsonpath={.data.colour}")).isEqualTo("blue");
    assertThat(owners()).containsExactly("kubectl Apply");
  }

  @Test
  void showsWhatApplyingWouldChange() {
    apply("{colour: red}", "--server-side").succeeded();
    Command.Output same =
        command("diff", "--server-side", "-f", "-").reading(settings("{colour: red}")).run();
    assertThat(same.succeeded().text()).isEmpty();
    Command.Output other =
        command("diff", "--server-side", "-f", "-").reading(settings("{colour: blue}")).run();
    assertThat(other.exited(1).text()).contains("-  colour: red", "+  colour: blue");
    assertThat(text("get", "cm", "settings", "-o", "jsonpath={.data.colour}")).isEqualTo("red");
  }

  @Test
  void hidesTheRecordUnlessAskedForIt() {
    apply("{colour: red}", "--server-side").succeeded();
    assertThat(text("get", "cm", "settings", "-o", "yaml")).doesNotContain("managedFields");
    assertThat(text("get", "cm", "settings", "-o", "yaml", "--show-managed-fields"))
        .contains("managedFields:", "manager: kubectl", "operation: Apply", "f:colour: {}");
  }

  @Test
  void goesOverFromItsOwnApply() throws Exception {
    assertThat(apply("{colour: red, size: '3'}").succeeded().text())
        .isEqualTo("configmap/settings created");
    assertThat(owners()).containsExactly("kubectl-client-side-apply Update");
    assertThat(text("apply", "view-last-applied", "cm/settings")).contains("colour: red");

    assertThat(apply("{colour: blue}", "--server-side").succeeded().text())
        .isEqualTo("configmap/settings serverside-applied");
    assertThat(owners())
        .contains("kubectl Apply")
        .doesNotContain("kubectl-client-side-apply Update");
    assertThat(text("get", "cm", "settings", "-o", "jsonpath={.data}"))
        .isEqualTo("{\"colour\":\"blue\"}");
  }

  @Test
  void appliesDefinitionsAndTheirObjects() {
    command("apply", "--server-side", "-f", "-").reading(Manifests.WIDGET_CRD).run().succeeded();
    text("wait", "--for=condition=established", "crd/widgets.example.com", "--timeout=20s");
    String widget = Manifests.widget(namespace, "a", 3);
    for (int i = 0; i < 2; i++) {
      assertThat(
              command("apply", "--server-side", "-f", "-").reading(widget).run().succeeded().text())
          .isEqualTo("widget.example.com/a serverside-applied");
    }
    assertThat(text("get", "widget", "a", "-o", "jsonpath={.spec}"))
        .isEqualTo("{\"colour\":\"red\",\"size\":3}");
    Command.Output unknown =
        command("apply", "--server-side", "-f", "-")
            .reading(widget.replace("size", "breadth"))
            .run()
            .exited(1);
    assertThat(unknown.err()).contains(".spec.breadth: field not declared in schema");
  }
}
