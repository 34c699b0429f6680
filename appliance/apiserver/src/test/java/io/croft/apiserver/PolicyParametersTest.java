package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.security.Attributes;
import io.croft.security.UserInfo;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Nobody reads by the parameters of a policy what they may not read themselves.
final class PolicyParametersTest {
  private static final String GROUP = "/apis/admissionregistration.k8s.io/";
  private static final String MATCH =
      "\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"v1\"],"
          + "\"operations\":[\"CREATE\"],\"resources\":[\"configmaps\"]}]}";
  private static final String VALIDATING = "\"validations\":[{\"expression\":\"true\"}]";
  private static final String MUTATING =
      "\"reinvocationPolicy\":\"Never\",\"mutations\":[{\"patchType\":\"JSONPatch\","
          + "\"jsonPatch\":{\"expression\":\"[JSONPatch{op: 'remove', path: '/data'}]\"}}]";

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

  private void mayOnly(String verb, String resource, String namespace, String name) {
    api.allowed =
        (Attributes asked) ->
            asked.info().verb().equals(verb)
                && asked.info().plural().equals(resource)
                && asked.info().namespace().equals(namespace)
                && asked.info().name().equals(name);
  }

  private TestApi.Answer policy(String plural, String name, String paramKind) {
    String does = plural.contains("mutating") ? MUTATING : VALIDATING;
    return api.post(
        GROUP + plural,
        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{%s,%s%s}}"
            .formatted(name, MATCH, does, paramKind));
  }

  private static String paramKind(String kind) {
    return ",\"paramKind\":{\"apiVersion\":\"v1\",\"kind\":\"%s\"}".formatted(kind);
  }

  private TestApi.Answer bind(String plural, String name, String policy, String reference) {
    String actions = plural.contains("mutating") ? "" : ",\"validationActions\":[\"Deny\"]";
    return api.post(
        GROUP + plural.replaceFirst("ies$", "ybindings"),
        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"policyName\":\"%s\"%s%s}}"
            .formatted(name, policy, actions, reference));
  }

  private static String reference(String fields) {
    return ",\"paramRef\":{%s,\"parameterNotFoundAction\":\"Deny\"}".formatted(fields);
  }

  private static void isRefused(TestApi.Answer answer, String message) {
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(422);
    assertThat(answer.text("message")).endsWith(message);
  }

  private static void isCreated(TestApi.Answer answer) {
    assertThat(answer.code()).as(answer.body().toString()).isEqualTo(201);
  }

  @ParameterizedTest
  @CsvSource({"v1/validatingadmissionpolicies", "v1beta1/mutatingadmissionpolicies"})
  void aPolicyTakesTheRightToReadAllOfItsParameterKind(String plural) {
    mayOnly("get", "secrets", "default", "");
    String refusal =
        "is invalid: spec.paramKind: Forbidden: user alice must have \"get\" permission on all"
            + " objects of the referenced paramKind (kind=Secret, apiVersion=v1)";
    isRefused(policy(plural, "p", paramKind("Secret")), refusal);
    isCreated(policy(plural, "plain", ""));
    String specWith = "{\"spec\":{\"paramKind\":{\"apiVersion\":\"v1\",\"kind\":\"Secret\"}}}";
    isRefused(api.patch(GROUP + plural + "/plain", "merge-patch", specWith), refusal);
    mayOnly("get", "secrets", "", "");
    isCreated(policy(plural, "p", paramKind("Secret")));
    isRefused(
        policy(plural, "unknown", paramKind("Thing")), "paramKind (kind=Thing, apiVersion=v1)");
    // Who changes something else needs no right to the parameters.
    api.allowed = _ -> false;
    String labels = "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}";
    assertThat(api.patch(GROUP + plural + "/p", "merge-patch", labels).code()).isEqualTo(200);
    api.user = UserInfo.of("root", UserInfo.MASTERS);
    isCreated(policy(plural, "by-administrator", paramKind("Secret")));
  }

  @ParameterizedTest
  @CsvSource({"v1/validatingadmissionpolicies", "v1beta1/mutatingadmissionpolicies"})
  void aBindingTakesTheRightToReadItsParameters(String plural) {
    isCreated(policy(plural, "p", paramKind("Secret")));
    String named = reference("\"name\":\"s\",\"namespace\":\"default\"");
    String selected = reference("\"selector\":{},\"namespace\":\"default\"");
    String get =
        "is invalid: spec.paramRef: Forbidden: user alice does not have \"get\" permission on the"
            + " object referenced by paramRef";
    mayOnly("get", "secrets", "default", "other");
    isRefused(bind(plural, "b", "p", named), get);
    mayOnly("get", "secrets", "default", "s");
    isCreated(bind(plural, "b", "p", named));
    isRefused(bind(plural, "every", "p", reference("\"name\":\"s\"")), get);
    isRefused(bind(plural, "many", "p", selected), get.replace("get", "list"));
    mayOnly("list", "secrets", "default", "");
    isCreated(bind(plural, "many", "p", selected));
    isRefused(bind(plural, "early", "unknown", named), get);
    String binding = GROUP + plural.replaceFirst("ies$", "ybindings") + "/b";
    String labels = "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}";
    assertThat(api.patch(binding, "merge-patch", labels).code()).isEqualTo(200);
    isRefused(api.patch(binding, "merge-patch", "{\"spec\":{\"paramRef\":{\"name\":\"t\"}}}"), get);
    mayOnly("get", "*", "default", "s");
    isCreated(bind(plural, "early", "unknown", named));
    api.allowed = _ -> false;
    isCreated(bind(plural, "plain", "p", ""));
    api.user = UserInfo.of("root", UserInfo.MASTERS);
    isCreated(bind(plural, "by-administrator", "p", reference("\"name\":\"s\"")));
  }
}
