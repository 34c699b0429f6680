package io.croft.security.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.security.oidc.AuthenticationConfiguration.InvalidConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("S-7")
class AuthenticationConfigurationTest {
  private static final String GOOD =
      """
      apiVersion: apiserver.config.k8s.io/v1
      kind: AuthenticationConfiguration
      jwt:
      - issuer:
          url: https://issuer.example/realm
          audiences: [croft]
        claimMappings:
          username: {claim: sub, prefix: 'ext:'}
      """;

  @ParameterizedTest
  @CsvSource({"v1", "v1beta1", "v1alpha1"})
  void readsAllVersions(String version) throws Exception {
    var configuration = read(GOOD.replace("/v1\n", "/" + version + "\n"));

    JwtIssuer issuer = configuration.issuers().getFirst();
    assertThat(issuer.url()).isEqualTo("https://issuer.example/realm");
    assertThat(issuer.discoveryUrl())
        .isEqualTo("https://issuer.example/realm/.well-known/openid-configuration");
    assertThat(issuer.username()).isEqualTo(new ClaimMapping.Claim("sub", "ext:"));
  }

  @Test
  void acceptsNobodyWhenNobodyIsNamed() throws Exception {
    assertThat(read(GOOD.substring(0, GOOD.indexOf("jwt:"))).issuers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "url: https://issuer.example/realm | url: http://a | jwt[0].issuer.url: Invalid value:"
            + " \"http://a\": URL scheme must be https",
        "url: https://issuer.example/realm | url: https://u:p@a | jwt[0].issuer.url: Invalid value:"
            + " \"https://u:p@a\": URL must not contain a username or password",
        "url: https://issuer.example/realm | url: https://a?b=c | jwt[0].issuer.url: Invalid value:"
            + " \"https://a?b=c\": URL must not contain a query",
        "url: https://issuer.example/realm | url: https://a#b | jwt[0].issuer.url: Invalid value:"
            + " \"https://a#b\": URL must not contain a fragment",
        "url: https://issuer.example/realm | url: '' | jwt[0].issuer.url: Required value",
        "url: https://issuer.example/realm | url: https://own | jwt[0].issuer.url: Invalid value:"
            + " \"https://own\": URL must not overlap with disallowed issuers: [https://own]",
        "audiences: [croft] | audiences: [] | jwt[0].issuer.audiences: Required value: at least one"
            + " jwt[0].issuer.audiences is required",
        "audiences: [croft] | audiences: [a, a] | jwt[0].issuer.audiences[1]: Duplicate value:"
            + " \"a\"; jwt[0].issuer.audienceMatchPolicy: Invalid value: \"\": audienceMatchPolicy"
            + " must be MatchAny for multiple audiences",
        "audiences: [croft] | {audiences: [a], x: 1} | malformed",
        "audiences: [croft] | 'audiences: [croft], discoveryURL: https://issuer.example/realm/' |"
            + " malformed",
        "audiences: [croft] | certificateAuthority: no | jwt[0].issuer.certificateAuthority:"
            + " Invalid value: \"<omitted>\"",
        "prefix: 'ext:' | expression: claims.sub | jwt[0].claimMappings.username: Invalid value:"
            + " \"\": claim and expression can't both be set",
        "claim: sub, prefix: 'ext:' | claim: sub | jwt[0].claimMappings.username.prefix: Required"
            + " value: prefix is required when claim is set. It can be set to an empty string to"
            + " disable prefixing",
        "claim: sub, prefix: 'ext:' | '' | jwt[0].claimMappings.username: Required value: claim or"
            + " expression is required",
        "claim: sub, prefix: 'ext:' | expression: claims.email |"
            + " jwt[0].claimMappings.username.expression: Invalid value: \"claims.email\":"
            + " claims.email_verified must be used in claimMappings.username.expression or"
            + " claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when"
            + " claims.email is used in claimMappings.username.expression",
        "claim: sub, prefix: 'ext:' | expression: nonsense |"
            + " jwt[0].claimMappings.username.expression: Invalid value: \"nonsense\": compilation"
            + " failed: undeclared reference",
        "kind: AuthenticationConfiguration | kind: Other | kind: Unsupported value: \"Other\":"
            + " supported values: \"AuthenticationConfiguration\"",
        "kind: AuthenticationConfiguration | 'kind: AuthenticationConfiguration\n"
            + "anonymous: {enabled: true}' | anonymous.enabled: Forbidden: there is no anonymous"
            + " access here",
        "kind: AuthenticationConfiguration | 'kind: AuthenticationConfiguration\n"
            + "other: 1' | other: Forbidden: unknown field",
      })
  void namesTheFieldThatIsWrong(String good, String bad, String message) {
    assertThatThrownBy(() -> read(GOOD.replace(good, bad)))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(message.equals("malformed") ? "line" : message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "claimValidationRules: [{claim: a, expression: claims.a}] | jwt[0].claimValidationRules[0]:"
            + " Invalid value: \"a\": claim and expression can't both be set",
        "claimValidationRules: [{}] | jwt[0].claimValidationRules[0]: Required value: claim or"
            + " expression is required",
        "claimValidationRules: [{claim: a}, {claim: a}] | jwt[0].claimValidationRules[1].claim:"
            + " Duplicate value: \"a\"",
        "claimValidationRules: [{claim: a, message: m}] | jwt[0].claimValidationRules[0].message:"
            + " Invalid value: \"m\": may not be specified when claim is set",
        "claimValidationRules: [{expression: claims.a}] |"
            + " jwt[0].claimValidationRules[0].expression: Invalid value: \"claims.a\": must"
            + " evaluate to bool",
        "userValidationRules: [{message: m}] | jwt[0].userValidationRules[0].expression: Required"
            + " value",
        "userValidationRules: [{expression: claims.a}] | jwt[0].userValidationRules[0].expression:"
            + " Invalid value: \"claims.a\": compilation failed: undeclared reference",
      })
  void namesTheRuleThatIsWrong(String rules, String message) {
    assertThatThrownBy(() -> read(GOOD + "  " + rules + "\n"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "uid: {claim: a, expression: claims.a} | jwt[0].claimMappings.uid: Invalid value: \"\":"
            + " claim and expression can't both be set",
        "extra: [{key: a.io/b}] | jwt[0].claimMappings.extra[0].valueExpression: Required value",
        "extra: [{key: b, valueExpression: claims.a}] | jwt[0].claimMappings.extra[0].key: Invalid"
            + " value: \"b\": must be a domain-prefixed path",
        "extra: [{key: a.io/B, valueExpression: claims.a}] | jwt[0].claimMappings.extra[0].key:"
            + " Invalid value: \"a.io/B\": must be lowercase",
        "extra: [{key: x.k8s.io/b, valueExpression: claims.a}] | jwt[0].claimMappings.extra[0].key:"
            + " Invalid value: \"x.k8s.io/b\": k8s.io, kubernetes.io and their subdomains are"
            + " reserved for Kubernetes use",
        "groups: {claim: g} | jwt[0].claimMappings.groups.prefix: Required value",
      })
  void namesTheMappingThatIsWrong(String mapping, String message) {
    assertThatThrownBy(() -> read(GOOD + "    " + mapping + "\n"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesTheSameIssuerTwice() {
    String entry = GOOD.substring(GOOD.indexOf("- issuer"));

    assertThatThrownBy(() -> read(GOOD + entry))
        .hasMessage("jwt[1].issuer.url: Duplicate value: \"https://issuer.example/realm\"");
  }

  private static AuthenticationConfiguration read(String yaml)
      throws InvalidConfigurationException {
    return AuthenticationConfiguration.read(
        yaml.getBytes(StandardCharsets.UTF_8), new FakeExpressions(), Set.of("https://own"));
  }
}
