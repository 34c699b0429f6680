package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  private static final String SUBDOMAIN_FORM =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
          + " '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex"
          + " used for validation is"
          + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

  @ParameterizedTest
  @ValueSource(strings = {"a", "a.b-c.0", "0", "a--b"})
  void acceptsSubdomains(String name) {
    assertThat(Names.dns1123Subdomain(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "-a", "a-", "a..b", ".a", "a.", "a_b", "ä", "a b"})
  void refusesOtherSubdomains(String name) {
    assertThat(Names.dns1123Subdomain(name)).containsExactly(SUBDOMAIN_FORM);
  }

  @Test
  void reportsLengthAndForm() {
    assertThat(Names.dns1123Subdomain("A".repeat(100_000)))
        .containsExactly("must be no more than 253 characters", SUBDOMAIN_FORM);
    assertThat(Names.dns1123Label("a.b")).containsExactly("must not contain dots");
    assertThat(Names.dns1123Label("A"))
        .singleElement()
        .asString()
        .endsWith(
            "(e.g. 'my-name',  or '123-abc', regex used for validation is"
                + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
    assertThat(Names.dns1035Label("1a")).hasSize(1);
    assertThat(Names.dns1035Label("a1")).isEmpty();
  }

  @Test
  void checksQualifiedNames() {
    assertThat(Names.qualifiedName("app.kubernetes.io/Name_1.x")).isEmpty();
    assertThat(Names.qualifiedName("/a")).containsExactly("prefix part must be non-empty");
    assertThat(Names.qualifiedName("a/b/c")).hasSize(1);
    assertThat(Names.qualifiedName("a/")).hasSize(2);
    assertThat(Names.qualifiedName("A.io/b"))
        .singleElement()
        .asString()
        .startsWith("prefix part a");
    assertThat(Names.qualifiedName("a".repeat(64)))
        .containsExactly("name part must be no more than 63 characters");
  }

  @Test
  void checksLabelValues() {
    assertThat(Names.labelValue("")).isEmpty();
    assertThat(Names.labelValue("A_b.c-1")).isEmpty();
    assertThat(Names.labelValue("a b")).hasSize(1);
    assertThat(Names.labelValue("-a")).hasSize(1);
  }

  @Test
  void checksPathSegments() {
    assertThat(Names.pathSegment("system:a b")).isEmpty();
    assertThat(Names.pathSegment("a\u0000")).containsExactly("may not contain control characters");
    assertThat(Names.pathSegment("..")).containsExactly("may not be '..'");
    assertThat(Names.pathSegment("a/%"))
        .containsExactly("may not contain '/'", "may not contain '%'");
    assertThat(NameRule.PATH_SEGMENT.check("..", true)).isEmpty();
  }

  @Test
  void acceptsObjectMetaInOrder() {
    var object =
        ApiObject.of(
            JsonTexts.object(
                """
                {'metadata':{'name':'a','namespace':'ns','generateName':'a-','labels':{'k':'v'},
                 'annotations':{'Example.com/x':'anything at all'},'finalizers':['example.com/x']}}
                """));
    assertThat(ObjectMetaValidation.validate(object, true, NameRule.DNS_SUBDOMAIN)).isEmpty();
  }

  @Test
  void reportsEverythingThatIsWrongWithObjectMeta() {
    var object =
        ApiObject.of(
            JsonTexts.object(
                """
                {'metadata':{'name':'..','namespace':'ns','labels':{'k':'v v'},'finalizers':['a b'],
                 'ownerReferences':[
                   {'apiVersion':'a/b/c','kind':'K','name':'n','uid':'u','controller':true},
                   {'apiVersion':'v1','kind':'K','name':'m','controller':true}]}}
                """));
    assertThat(ObjectMetaValidation.validate(object, false, NameRule.PATH_SEGMENT))
        .extracting(FieldError::field)
        .containsExactly(
            "metadata.name",
            "metadata.namespace",
            "metadata.labels",
            "metadata.ownerReferences[0].apiVersion",
            "metadata.ownerReferences[1].uid",
            "metadata.ownerReferences",
            "metadata.finalizers");
  }

  @Test
  void requiresANameAndANamespace() {
    assertThat(
            ObjectMetaValidation.validate(
                ApiObject.of(Json.object()), true, NameRule.DNS_SUBDOMAIN))
        .extracting(FieldError::message)
        .containsExactly(
            "metadata.name: Required value: name or generateName is required",
            "metadata.namespace: Required value");
  }

  @Test
  void limitsTheSizeOfAnnotations() {
    int most = ObjectMetaValidation.MAX_ANNOTATIONS_BYTES;
    var object = ApiObject.of(Json.object()).setName("a");
    object.setAnnotations(Map.of("k", "x".repeat(most - 1)));
    assertThat(ObjectMetaValidation.validate(object, false, NameRule.DNS_SUBDOMAIN)).isEmpty();
    object.setAnnotations(Map.of("k", "é" + "x".repeat(most - 2)));
    assertThat(ObjectMetaValidation.validate(object, false, NameRule.DNS_SUBDOMAIN))
        .extracting(FieldError::message)
        .containsExactly("metadata.annotations: Too long: may not be more than 262144 bytes");
  }

  @Test
  void keepsIdentityThroughUpdates() {
    var old =
        ApiObject.of(
            JsonTexts.object(
                """
                {'metadata':{'name':'a','uid':'u','generation':2,'resourceVersion':'1',
                 'deletionTimestamp':'2026-01-01T00:00:00Z','finalizers':['f/f']}}
                """));
    assertThat(ObjectMetaValidation.validateUpdate(old.copy(), old)).isEmpty();
    var changed = old.copy().setName("b").setUid("v").setGeneration(1).setResourceVersion("");
    changed.setFinalizers(List.of("f/f", "g/g"));
    assertThat(ObjectMetaValidation.validateUpdate(changed, old))
        .extracting(FieldError::message)
        .containsExactly(
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being"
                + " deleted, found new finalizers []string{\"g/g\"}",
            "metadata.resourceVersion: Invalid value: \"\": must be specified for an update",
            "metadata.generation: Invalid value: 1: must not be decremented",
            "metadata.name: Invalid value: \"b\": field is immutable",
            "metadata.uid: Invalid value: \"v\": field is immutable");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'finalizers':[null]}|metadata.finalizers[0]: Invalid value: null: must be a string",
        "{'finalizers':['a/b',1]}|metadata.finalizers[1]: Invalid value: 1: must be a string",
        "{'finalizers':{}}|metadata.finalizers: Invalid value: {}: must be a list",
        "{'ownerReferences':[null]}|metadata.ownerReferences[0]: Invalid value: null: must be an"
            + " object",
        "{'ownerReferences':['a']}|metadata.ownerReferences[0]: Invalid value: \"a\": must be an"
            + " object",
        "{'ownerReferences':[{'kind':1}]}|metadata.ownerReferences[0].kind: Invalid value: 1: must"
            + " be a string",
        "{'ownerReferences':[{'controller':'true'}]}|metadata.ownerReferences[0].controller:"
            + " Invalid value: \"true\": must be a boolean",
        "{'labels':{'a':1}}|metadata.labels[a]: Invalid value: 1: must be a string",
        "{'labels':{'a':null}}|metadata.labels[a]: Invalid value: null: must be a string",
        "{'labels':[]}|metadata.labels: Invalid value: []: must be an object",
        "{'annotations':{'a':{}}}|metadata.annotations[a]: Invalid value: {}: must be a string",
        "{'annotations':true}|metadata.annotations: Invalid value: true: must be an object"
      })
  void refusesWrongTypesInListsAndMapsOfMetadata(String metadata, String message) {
    var json = Json.object();
    json.set("metadata", JsonTexts.object(metadata).put("name", "x").put("resourceVersion", "1"));
    ApiObject object = ApiObject.of(json);
    assertThat(ObjectMetaValidation.validate(object, false, NameRule.DNS_SUBDOMAIN))
        .extracting(FieldError::message)
        .containsExactly(message);
    assertThat(ObjectMetaValidation.validateUpdate(object, object))
        .extracting(FieldError::message)
        .containsExactly(message);
  }
}
