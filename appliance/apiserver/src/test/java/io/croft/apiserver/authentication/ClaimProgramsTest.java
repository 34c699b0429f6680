package io.croft.apiserver.authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("S-7")
class ClaimProgramsTest {
  private static final String CLAIMS =
      """
      {"sub": "1", "email": "alice@example.org", "email_verified": true, "level": 3,
       "roles": ["dev", "ops"], "realm_access": {"roles": ["a", "b"]}}
      """;

  private final ClaimPrograms programs = new ClaimPrograms();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "claims.email | \"alice@example.org\"",
        "'u:' + claims.sub | \"u:1\"",
        "claims.roles.map(r, 'x-' + r) | [\"x-dev\",\"x-ops\"]",
        "claims.realm_access.roles + claims.roles | [\"a\",\"b\",\"dev\",\"ops\"]",
        "claims.?missing.orValue([]) | []",
        "has(claims.email) ? claims.email : claims.sub | \"alice@example.org\"",
        "claims.level > 2 | true",
        "claims.email.split('@')[0] | \"alice\"",
      })
  void evaluatesOverClaims(String source, String value) throws Exception {
    assertThat(Json.text(programs.ofClaims(source.strip()).evaluate(claims()))).isEqualTo(value);
  }

  @Test
  void evaluatesOverUsers() throws Exception {
    ObjectNode user =
        Json.parseObject(
            """
            {"username": "system:x", "uid": "", "groups": ["a"], "extra": {"k": ["v"]}}
            """
                .getBytes(StandardCharsets.UTF_8));

    var rule = programs.ofUser("!user.username.startsWith('system:')");
    assertThat(rule.isBoolean()).isTrue();
    assertThat(rule.evaluate(user).booleanValue()).isFalse();
    assertThat(programs.ofUser("user.extra['k'] == ['v']").evaluate(user).booleanValue()).isTrue();
  }

  @Test
  void tellsWhichClaimsAreLookedAt() throws Exception {
    assertThat(programs.ofClaims("claims.email + ''").selects("email")).isTrue();
    assertThat(programs.ofClaims("claims.?email.orValue('')").selects("email")).isTrue();
    assertThat(programs.ofClaims("has(claims.email)").selects("email")).isTrue();
    assertThat(programs.ofClaims("claims.roles.exists(r, r == claims.email)").selects("email"))
        .isTrue();
    assertThat(programs.ofClaims("claims.user.email").selects("email")).isFalse();
  }

  @Test
  void refusesWhatDoesNotCompile() {
    assertThatThrownBy(() -> programs.ofClaims("user.username"))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("undeclared reference to 'user'");
    assertThatThrownBy(() -> programs.ofUser("user.nothing"))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("undefined field 'nothing'");
  }

  @Test
  void hasNoValueForWhatIsMissing() throws Exception {
    var missing = programs.ofClaims("claims.missing");

    assertThatThrownBy(() -> missing.evaluate(claims())).isInstanceOf(ExpressionException.class);
  }

  private static ObjectNode claims() throws Exception {
    return Json.parseObject(CLAIMS.getBytes(StandardCharsets.UTF_8));
  }
}
