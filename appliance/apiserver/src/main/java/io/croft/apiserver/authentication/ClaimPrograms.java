package io.croft.apiserver.authentication;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelCostException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.apiserver.cel.Values;
import io.croft.model.Json;
import io.croft.security.oidc.ClaimExpressions;
import io.croft.security.webhook.ReviewExpressions;
import java.util.List;
import java.util.Map;

/// The expressions of an `AuthenticationConfiguration` and of an `AuthorizationConfiguration`, with
/// the functions that all expressions have. Nothing is loaded before the first one is compiled.
/// Thread-safe.
public final class ClaimPrograms implements ClaimExpressions, ReviewExpressions {
  private static final String CLAIMS = "claims";
  private static final String USER = "user";

  private static final String REQUEST = "request";

  private static final RuleSchema CLAIMS_SCHEMA = RuleSchema.of("claims", claims());
  private static final RuleSchema USER_SCHEMA = RuleSchema.of("kubernetes.UserInfo", user());

  private static final RuleSchema REQUEST_SCHEMA =
      RuleSchema.of("kubernetes.SubjectAccessReviewSpec", request());

  @Override
  public Expression ofClaims(String source) throws ExpressionException {
    return compile(source, CLAIMS, CLAIMS_SCHEMA);
  }

  @Override
  public Expression ofUser(String source) throws ExpressionException {
    return compile(source, USER, USER_SCHEMA);
  }

  @Override
  public Expression ofRequest(String source) throws ExpressionException {
    return compile(source, REQUEST, REQUEST_SCHEMA);
  }

  private static Expression compile(String source, String variable, RuleSchema schema)
      throws ExpressionException {
    try {
      var environment = CelEnvironment.of(Map.of(variable, DeclaredType.of(schema)));
      return new Compiled(environment.compile(source), variable, schema);
    } catch (CelCompileException e) {
      throw new ExpressionException(String.valueOf(e.getMessage()));
    }
  }

  private record Compiled(CelProgram program, String variable, RuleSchema schema)
      implements Expression {
    @Override
    public boolean isBoolean() {
      return program.gives(DeclaredType.BOOL);
    }

    @Override
    public boolean selects(String field) {
      return program.selects(variable, field);
    }

    @Override
    public JsonNode evaluate(ObjectNode over) throws ExpressionException {
      Object value = Values.of(over, schema);
      try {
        return program.evaluateToJson(
            name -> name.equals(variable) ? value : null, CelBudget.forMatchConditions());
      } catch (CelException | CelCostException e) {
        throw new ExpressionException(String.valueOf(e.getMessage()));
      }
    }
  }

  private static ObjectNode claims() {
    ObjectNode schema = Json.object().put("type", "object");
    schema.putObject("additionalProperties").put("x-kubernetes-int-or-string", true);
    return schema;
  }

  private static ObjectNode user() {
    ObjectNode schema = Json.object().put("type", "object");
    ObjectNode fields = schema.putObject("properties");
    fields.putObject("username").put("type", "string");
    fields.putObject("uid").put("type", "string");
    texts(fields.putObject("groups"));
    texts(fields.putObject("extra").put("type", "object").putObject("additionalProperties"));
    return schema;
  }

  private static ObjectNode request() {
    ObjectNode schema = user();
    ObjectNode fields = (ObjectNode) schema.path("properties");
    fields.set("user", fields.remove("username"));
    attributes(
        fields.putObject("resourceAttributes"),
        List.of("namespace", "verb", "group", "version", "resource", "subresource", "name"));
    attributes(fields.putObject("nonResourceAttributes"), List.of("path", "verb"));
    return schema;
  }

  private static void attributes(ObjectNode schema, List<String> names) {
    ObjectNode fields = schema.put("type", "object").putObject("properties");
    names.forEach(name -> fields.putObject(name).put("type", "string"));
  }

  private static void texts(ObjectNode schema) {
    schema.put("type", "array").putObject("items").put("type", "string");
  }
}
