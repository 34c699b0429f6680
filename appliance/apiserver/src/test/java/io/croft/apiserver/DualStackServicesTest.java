package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.TestApi.Answer;
import io.croft.apiserver.builtin.ServiceNetwork;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The families of services' addresses, on a cluster that has one of them and on one that has both.
final class DualStackServicesTest {
  private static final String SERVICES = "/api/v1/namespaces/default/services";

  @TempDir Path directory;
  private TestApi api;

  @BeforeEach
  void start() {
    api = new TestApi(directory);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void startDualStack() {
    api.close();
    api = new TestApi(directory, null, ServiceNetwork.parse("10.96.0.0/24, fd00:10:96::/112"));
  }

  private Answer make(String name, String spec) {
    return api.post(
        SERVICES,
        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"ports\":[{\"port\":80}],%s}}"
            .formatted(name, spec));
  }

  private JsonNode made(String name, String spec) {
    Answer answer = make(name, spec);
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
    return answer.body().path("spec");
  }

  private Answer patch(String name, String spec) {
    return api.patch(SERVICES + "/" + name, "merge-patch", "{\"spec\":" + spec + "}");
  }

  @Test
  void fallsBackToTheOneFamilyThatThereIs() {
    JsonNode spec = made("a", "\"selector\":{\"a\":\"b\"},\"ipFamilyPolicy\":\"PreferDualStack\"");
    assertThat(spec.path("ipFamilies")).hasToString("[\"IPv4\"]");
    assertThat(spec.path("clusterIPs").size()).isEqualTo(1);
    assertThat(spec.path("ipFamilyPolicy").asText()).isEqualTo("PreferDualStack");
    // Whose endpoints somebody else names may be of either family.
    JsonNode headless = made("b", "\"clusterIP\":\"None\"");
    assertThat(headless.path("ipFamilyPolicy").asText()).isEqualTo("RequireDualStack");
    assertThat(headless.path("ipFamilies")).hasToString("[\"IPv4\",\"IPv6\"]");
    JsonNode selecting = made("c", "\"clusterIP\":\"None\",\"selector\":{\"a\":\"b\"}");
    assertThat(selecting.path("ipFamilyPolicy").asText()).isEqualTo("SingleStack");
    assertThat(selecting.path("ipFamilies")).hasToString("[\"IPv4\"]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "\"ipFamilyPolicy\":\"RequireDualStack\" | spec.ipFamilyPolicy: Invalid value:"
            + " \"RequireDualStack\": this cluster is not configured for dual-stack services",
        "\"ipFamilies\":[\"IPv6\"] | spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on"
            + " this cluster",
        "\"ipFamilies\":[\"IPv4\",\"IPv6\"] | spec.ipFamilyPolicy: Invalid value: \"SingleStack\":"
            + " must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are"
            + " specified",
        "\"ipFamilies\":[\"IPv4\",\"IPv4\"] | spec.ipFamilies[1]: Duplicate value: \"IPv4\"",
        "\"ipFamilies\":[\"IPv5\"] | spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported"
            + " values: \"IPv4\", \"IPv6\"",
        "\"clusterIP\":\"fd00::1\" | spec.clusterIPs[0]: Invalid value: [\"fd00::1\"]: IPv6 is not"
            + " configured on this cluster",
        "\"clusterIPs\":[\"10.96.0.3\"] | spec.clusterIPs: Invalid value: [\"10.96.0.3\"]: must be"
            + " empty when `clusterIP` is not specified",
        "\"clusterIP\":\"10.96.0.3\",\"clusterIPs\":[\"10.96.0.4\"] | first value must match"
            + " `clusterIP`",
        "\"clusterIP\":\"10.96.0.3\",\"clusterIPs\":[\"10.96.0.3\",\"10.96.0.4\"] | may specify no"
            + " more than one IP for each IP family",
        "\"clusterIP\":\"None\",\"clusterIPs\":[\"None\",\"10.96.0.4\"] | 'None' must be the first"
            + " and only value",
        "\"clusterIP\":\"10.96.0.3\",\"ipFamilies\":[\"IPv6\"] | spec.clusterIPs[0]: Invalid value:"
            + " \"10.96.0.3\": expected an IPv6 value as indicated by `ipFamilies[0]`",
        "\"clusterIP\":\"10.96.0.300\" | spec.clusterIPs[0]: Invalid value: \"10.96.0.300\": must"
            + " be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        "\"type\":\"ExternalName\",\"externalName\":\"a.b\",\"ipFamilies\":[\"IPv4\"] |"
            + " spec.ipFamilies: Forbidden: may not be set for ExternalName services"
      })
  void refuses(String spec, String why) {
    Answer refused = make("a", spec);
    assertThat(refused.text("message")).contains(why);
    assertThat(refused.code()).isEqualTo(422);
  }

  @Test
  void givesAnAddressOfEachFamily() {
    startDualStack();
    JsonNode single = made("single", "\"selector\":{\"a\":\"b\"}");
    assertThat(single.path("ipFamilies")).hasToString("[\"IPv4\"]");
    assertThat(single.path("clusterIP").asText()).matches("10\\.96\\.0\\.\\d+");
    JsonNode six = made("six", "\"ipFamilies\":[\"IPv6\"]");
    assertThat(six.path("clusterIP").asText()).matches("fd00:10:96::[0-9a-f]{1,4}");
    JsonNode both = made("both", "\"ipFamilyPolicy\":\"PreferDualStack\"");
    assertThat(both.path("ipFamilies")).hasToString("[\"IPv4\",\"IPv6\"]");
    assertThat(both.at("/clusterIPs/0")).isEqualTo(both.path("clusterIP"));
    assertThat(both.at("/clusterIPs/1").asText()).startsWith("fd00:10:96::");
    JsonNode turned =
        made("turned", "\"ipFamilyPolicy\":\"RequireDualStack\",\"ipFamilies\":[\"IPv6\"]");
    assertThat(turned.path("ipFamilies")).hasToString("[\"IPv6\",\"IPv4\"]");
    assertThat(turned.path("clusterIP").asText()).startsWith("fd00:10:96::");
    assertThat(turned.at("/clusterIPs/1").asText()).startsWith("10.96.0.");
  }

  @Test
  void givesNoAddressTwiceHoweverItIsWritten() {
    startDualStack();
    made("a", "\"clusterIP\":\"fd00:10:96::a\"");
    assertThat(make("b", "\"clusterIP\":\"FD00:10:96:0::000A\"").text("message"))
        .contains("failed to allocate IP FD00:10:96:0::000A: provided IP is already allocated");
    assertThat(make("b", "\"clusterIP\":\"fd00:10:97::a\"").text("message"))
        .contains("is not in the valid range. The range of valid IPs is fd00:10:96::/112");
    startDualStack(); // what is stored is known again
    assertThat(make("b", "\"clusterIP\":\"fd00:10:96::a\"").code()).isEqualTo(422);
    api.delete(SERVICES + "/a");
    made("b", "\"clusterIP\":\"fd00:10:96::a\"");
  }

  @Test
  void takesAndGivesBackASecondFamily() {
    startDualStack();
    String first = made("a", "\"selector\":{\"a\":\"b\"}").path("clusterIP").asText();
    Answer grown = patch("a", "{\"ipFamilyPolicy\":\"RequireDualStack\"}");
    assertThat(grown.code()).as(grown.body().toString()).isEqualTo(200);
    assertThat(grown.text("spec", "clusterIP")).isEqualTo(first);
    String second = grown.body().at("/spec/clusterIPs/1").asText();
    assertThat(second).startsWith("fd00:10:96::");
    assertThat(patch("a", "{\"ipFamilies\":[\"IPv4\"]}").text("message"))
        .contains("must be 'SingleStack' to release the secondary IP family");
    assertThat(
            patch("a", "{\"ipFamilies\":[\"IPv6\",\"IPv4\"],\"clusterIPs\":null}").text("message"))
        .contains("expected an IPv6 value as indicated by `ipFamilies[0]`");
    assertThat(patch("a", "{\"clusterIP\":\"10.96.0.250\"}").code()).isEqualTo(422);
    Answer shrunk = patch("a", "{\"ipFamilyPolicy\":\"SingleStack\"}");
    assertThat(shrunk.code()).as(shrunk.body().toString()).isEqualTo(200);
    assertThat(shrunk.body().at("/spec/clusterIPs")).hasToString("[\"" + first + "\"]");
    assertThat(shrunk.body().at("/spec/ipFamilies")).hasToString("[\"IPv4\"]");
    made("b", "\"clusterIP\":\"" + second + "\"");
  }

  @Test
  void leavesAServiceAsItIsWhenTheClusterChanges() {
    startDualStack();
    JsonNode both = made("a", "\"ipFamilyPolicy\":\"PreferDualStack\"");
    api.close();
    api = new TestApi(directory);
    Answer changed = patch("a", "{\"selector\":{\"a\":\"c\"}}");
    assertThat(changed.code()).as(changed.body().toString()).isEqualTo(200);
    assertThat(changed.body().at("/spec/clusterIPs")).isEqualTo(both.path("clusterIPs"));
  }

  @Test
  void letsGoOfItAllWithItsType() {
    startDualStack();
    made("a", "\"ipFamilyPolicy\":\"RequireDualStack\"");
    Answer external = patch("a", "{\"type\":\"ExternalName\",\"externalName\":\"a.b\"}");
    assertThat(external.code()).as(external.body().toString()).isEqualTo(200);
    for (String field : new String[] {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}) {
      assertThat(external.body().path("spec").has(field)).as(field).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.96.0.0/12,10.112.0.0/12 | two of different families",
        "fd00::/112,fd01::/112 | two of different families",
        "fd00::/32 | /64 to /125",
        "10.0.0.0/4 | /8 to /29",
        "10.0.0.0 | a range of addresses",
        "10.0.0.0/12, | a range of addresses"
      })
  void refusesRanges(String ranges, String why) {
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> ServiceNetwork.parse(ranges))
        .withMessageContaining(why);
  }
}
