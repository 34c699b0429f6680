package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StatusesTest {
  @Test
  void wordsNotFoundWithTheQualifiedResource() {
    assertThat(Statuses.notFound("", "configmaps", "x").status().toJson())
        .isEqualTo(
            JsonTexts.json(
                """
                {'kind':'Status','apiVersion':'v1','metadata':{},'status':'Failure',
                 'message':'configmaps \\"x\\" not found','reason':'NotFound',
                 'details':{'name':'x','kind':'configmaps'},'code':404}
                """));
    assertThat(Statuses.notFound("example.com", "widgets", "x"))
        .hasMessage("widgets.example.com \"x\" not found");
  }

  @Test
  void wordsConflictsAsClientsExpect() {
    assertThat(Statuses.conflict("", "configmaps", "x"))
        .hasMessage(
            "Operation cannot be fulfilled on configmaps \"x\": the object has been modified;"
                + " please apply your changes to the latest version and try again");
  }

  @Test
  void listsWhatIsInvalidOnceAndEveryCause() {
    FieldError name = FieldError.invalid("metadata.name", "X", "must be lower case");
    FieldError size = FieldError.required("spec.size", "");
    Status one = Statuses.invalid("", "ConfigMap", "x", List.of(name)).status();
    assertThat(one.message())
        .isEqualTo(
            "ConfigMap \"x\" is invalid: metadata.name: Invalid value: \"X\": must be lower case");
    Status many = Statuses.invalid("a.io", "Widget", "x", List.of(name, name, size)).status();
    assertThat(many.code()).isEqualTo(422);
    assertThat(many.message())
        .isEqualTo(
            "Widget.a.io \"x\" is invalid: [metadata.name: Invalid value: \"X\": must be lower"
                + " case, spec.size: Required value]");
    assertThat(Objects.requireNonNull(many.details()).causes())
        .containsExactly(
            new StatusCause(
                "FieldValueInvalid", "Invalid value: \"X\": must be lower case", "metadata.name"),
            new StatusCause(
                "FieldValueInvalid", "Invalid value: \"X\": must be lower case", "metadata.name"),
            new StatusCause("FieldValueRequired", "Required value", "spec.size"));
  }

  @Test
  void wordsForbiddenBySubject() {
    assertThat(Statuses.forbidden("apps", "deployments", "web", "no"))
        .hasMessage("deployments.apps \"web\" is forbidden: no");
    assertThat(Statuses.forbidden("apps", "deployments", "", "no"))
        .hasMessage("deployments.apps is forbidden: no");
    assertThat(Statuses.forbidden("", "", "", "no")).hasMessage("forbidden: no");
  }

  @Test
  void readsBackWhatItWrites() {
    for (StatusException e :
        List.of(
            Statuses.tooManyRequests("slow down", 3),
            Statuses.internal("disk"),
            Statuses.serverTimeout("", "pods", "list", 1),
            Statuses.invalid("", "K", "n", List.of(FieldError.required("a", "b"))))) {
      assertThat(Status.parse(e.status().toJson())).isEqualTo(e.status());
    }
    Status success = Status.success(StatusDetails.of("", "configmaps", "x"));
    assertThat(Status.parse(success.toJson())).isEqualTo(success);
  }

  @Test
  void carriesNoStackTrace() {
    assertThat(Statuses.unauthorized().getStackTrace()).isEmpty();
  }

  @Test
  void wordsFieldErrors() {
    assertThat(FieldError.notSupported("a", "x", List.of("p", "q")).message())
        .isEqualTo("a: Unsupported value: \"x\": supported values: \"p\", \"q\"");
    assertThat(FieldError.invalid("a", JsonTexts.json("{'b':1}"), "no").message())
        .isEqualTo("a: Invalid value: {\"b\":1}: no");
    assertThat(FieldError.invalid("a", JsonTexts.json("'t\\n'"), "no").message())
        .isEqualTo("a: Invalid value: \"t\\n\": no");
    assertThat(FieldError.tooLong("a", 1).message())
        .isEqualTo("a: Too long: may not be more than 1 byte");
    assertThat(FieldError.tooMany("a", 3, 2).message())
        .isEqualTo("a: Too many: 3: must have at most 2 items");
    assertThat(FieldError.duplicate("a[1]", 5).message()).isEqualTo("a[1]: Duplicate value: 5");
    assertThat(FieldError.forbidden("a", "").message()).isEqualTo("a: Forbidden");
    assertThat(FieldError.invalid("a", null, "no").message())
        .isEqualTo("a: Invalid value: null: no");
  }

  @Test
  void quotesAsGoDoes() {
    assertThat(Quoted.text("a\"\\\t\u0001é\u200b\ue000😀"))
        .isEqualTo("\"a\\\"\\\\\\t\\x01é\\u200b\\ue000😀\"");
  }
}
