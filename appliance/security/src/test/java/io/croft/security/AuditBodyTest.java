package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S-11")
class AuditBodyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'spec':{'password':'hunter2'}}",
        "{'spec':{'client-secret':'hunter2','api_key':'hunter2'}}",
        "{'kind':'Secret','data':{'any':'hunter2'}}",
        "{'kind':'SecretList','items':[{'data':{'any':'hunter2'},'stringData':{'x':'hunter2'}}]}",
        "[{'op':'add','path':'/spec/password','value':'hunter2'}]",
        "[{'op':'replace','path':'/spec/providers/0/clientSecret','value':{'deep':'hunter2'}}]",
        "[{'op':'test','path':'/spec/token','value':['hunter2']}]",
        "[{'op':'add','path':'/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration','value':'hunter2'}]",
        "[{'op':'add','path':'/spec/containers/0/env/-','value':{'name':'DB_PASSWORD','value':'hunter2'}}]",
        "[{'op':'add','path':'/spec/containers/0/env','value':[{'name':'API_KEY','value':'hunter2'}]}]",
        "{'spec':{'containers':[{'env':[{'name':'GITHUB_TOKEN','value':'hunter2'}]}]}}",
        "{'spec':{'containers':[{'env':[{'name':'aws.secretAccessKey','value':'hunter2'}]}]}}"
      })
  void masksWhatLooksLikeASecret(String body) {
    assertThat(cleaned(body)).doesNotContain("hunter2").contains("***");
  }

  @Test
  void leavesTheRestAsItIs() {
    String body =
        "{'spec':{'containers':[{'env':[{'name':'LEVEL','value':'debug'},"
            + "{'name':'DB_PASSWORD','valueFrom':{'secretKeyRef':{'name':'db','key':'pw'}}}]}]}}";
    assertThat(cleaned(body)).isEqualTo(body.replace('\'', '"'));
    String patch = "[{'op':'replace','path':'/spec/replicas','value':3}]";
    assertThat(cleaned(patch)).isEqualTo(patch.replace('\'', '"'));
    String removal = "[{'op':'remove','path':'/spec/password'}]";
    assertThat(cleaned(removal)).isEqualTo(removal.replace('\'', '"'));
  }

  private static String cleaned(String body) {
    byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return String.valueOf(new AuditBody(bytes, false).toJson());
  }
}
