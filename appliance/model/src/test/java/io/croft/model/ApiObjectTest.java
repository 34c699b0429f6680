package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApiObjectTest {
  @Test
  void readsMetadata() {
    var object =
        ApiObject.of(
            JsonTexts.object(
                """
                {'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'shop',
                 'uid':'u1','resourceVersion':'7','generation':3,'labels':{'a':'b'},
                 'finalizers':['x/y'],'creationTimestamp':'2026-01-02T03:04:05Z',
                 'ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'p','uid':'u2','controller':true}]}}
                """));
    assertThat(object.gvk()).isEqualTo(new GroupVersionKind("apps", "v1", "Deployment"));
    assertThat(object.name()).isEqualTo("web");
    assertThat(object.namespace()).isEqualTo("shop");
    assertThat(object.uid()).isEqualTo("u1");
    assertThat(object.resourceVersion()).isEqualTo("7");
    assertThat(object.generation()).isEqualTo(3);
    assertThat(object.labels()).containsExactly(Map.entry("a", "b"));
    assertThat(object.finalizers()).containsExactly("x/y");
    assertThat(object.creationTimestamp()).isEqualTo(Instant.parse("2026-01-02T03:04:05Z"));
    assertThat(object.deletionTimestamp()).isNull();
    assertThat(object.ownerReferences())
        .containsExactly(new OwnerReference("v1", "Pod", "p", "u2", true, false));
  }

  @Test
  void readsAbsentAndMistypedValuesAsEmpty() {
    var object = ApiObject.of(JsonTexts.object("{'metadata':{'name':5,'labels':[],'uid':null}}"));
    assertThat(object.name()).isEmpty();
    assertThat(object.uid()).isEmpty();
    assertThat(object.labels()).isEmpty();
    assertThat(object.annotations()).isEmpty();
    assertThat(object.finalizers()).isEmpty();
    assertThat(object.generation()).isZero();
    assertThat(object.kind()).isEmpty();
  }

  @Test
  void writesThroughToTheTreeAndRemovesWhatIsEmpty() {
    var object = ApiObject.of(Json.object());
    object
        .setType(new GroupVersionKind("", "v1", "ConfigMap"))
        .setName("a")
        .setLabels(Map.of("k", "v"))
        .setFinalizers(List.of("f"))
        .setGeneration(2)
        .setDeletionTimestamp(Instant.parse("2026-01-02T03:04:05.678Z"));
    assertThat(object.json())
        .isEqualTo(
            JsonTexts.json(
                """
                {'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a','labels':{'k':'v'},
                 'finalizers':['f'],'generation':2,'deletionTimestamp':'2026-01-02T03:04:05Z'}}
                """));
    object
        .setName("")
        .setLabels(Map.of())
        .setFinalizers(List.of())
        .setGeneration(0)
        .setDeletionTimestamp(null);
    assertThat(object.metadata().isEmpty()).isTrue();
  }

  @Test
  void copiesDeeply() {
    var object = ApiObject.of(Json.object()).setName("a");
    object.copy().setName("b");
    assertThat(object.name()).isEqualTo("a");
  }

  @Test
  void findsValuesByPath() {
    var object = ApiObject.of(JsonTexts.object("{'spec':{'x':null,'y':{'z':1}}}"));
    assertThat(object.at("spec", "y", "z").orElseThrow().intValue()).isEqualTo(1);
    assertThat(object.at("spec", "x").orElseThrow().isNull()).isTrue();
    assertThat(object.at("spec", "y", "z", "w")).isEmpty();
  }

  @Test
  void refusesApiVersionsWithTwoSlashes() {
    assertThatThrownBy(() -> GroupVersionKind.parse("a/b/c", "K"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unexpected GroupVersion string: a/b/c");
  }
}
