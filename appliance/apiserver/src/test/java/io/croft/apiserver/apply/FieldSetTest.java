package io.croft.apiserver.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sets of fields, and `FieldsV1`.
final class FieldSetTest {
  private static ObjectNode json(String text) {
    try {
      return Json.parseObject(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static FieldSet set(String text) {
    return FieldSet.parse(json(text));
  }

  @Test
  void writesPartsInKubernetesOrder() {
    String sorted =
        "{'f:B':{},'f:a':{'.':{},'f:x':{}},'f:\uFFFD':{},'f:\uD83D\uDE00':{},"
            + "'k:{\\'a\\':1}':{'f:a':{}},'k:{\\'a\\':2,\\'b\\':\\'x\\'}':{},"
            + "'v:9':{},'v:10':{},'v:\\'1\\'':{},'v:true':{},'i:2':{},'i:10':{}}";
    ObjectNode shuffled = Json.object();
    json(sorted).properties().stream()
        .toList()
        .reversed()
        .forEach(p -> shuffled.set(p.getKey(), p.getValue()));
    assertThat(FieldSet.parse(shuffled).toJson().toString()).isEqualTo(sorted.replace('\'', '"'));
  }

  @Test
  void writesKeysInOneForm() {
    assertThat(
            set("{'k:{ \\'port\\': 80.0, \\'name\\': \\'<\\u00e9>\\' }':{}}").toJson().toString())
        .isEqualTo("{\"k:{\\\"name\\\":\\\"\\\\u003c\u00e9\\\\u003e\\\",\\\"port\\\":80}\":{}}");
  }

  @Test
  void skipsWhatItDoesNotKnowYet() {
    assertThat(set("{'x:new':{'f:a':{}},'f:b':{'y:new':{}}}")).isEqualTo(set("{'f:b':{}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{'f:a':1}", "{'a':{}}", "{'':{}}", "{'k:1':{}}", "{'v:{':{}}", "{'i:x':{}}"})
  void refusesWhatIsMalformed(String text) {
    assertThatThrownBy(() -> set(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'f:a':{},'f:b':{}} | {'f:b':{},'f:c':{}}",
        "{'f:a':{'f:x':{}}} | {'f:a':{}}",
        "{'f:a':{'.':{},'f:x':{},'f:y':{}}} | {'f:a':{'f:y':{},'f:z':{}}}"
      })
  void obeysTheLawsOfSets(String left, String right) {
    FieldSet a = set(left);
    FieldSet b = set(right);
    assertThat(a.union(b)).isEqualTo(b.union(a));
    assertThat(a.intersection(b)).isEqualTo(b.intersection(a));
    assertThat(a.minus(b).union(a.intersection(b))).isEqualTo(a);
    assertThat(a.minus(b).intersection(b)).isEqualTo(FieldSet.EMPTY);
    assertThat(a.union(b).minus(b)).isEqualTo(a.minus(b));
    assertThat(a.union(a)).isSameAs(a);
    assertThat(a.minus(FieldSet.EMPTY)).isSameAs(a);
  }

  @Test
  void takesMembersWithOrWithoutTheirParts() {
    FieldSet all = set("{'f:a':{'.':{},'f:x':{}},'f:b':{}}");
    FieldSet a = set("{'f:a':{}}");
    assertThat(all.minus(a)).isEqualTo(set("{'f:a':{'f:x':{}},'f:b':{}}"));
    assertThat(all.minusDeep(a)).isEqualTo(set("{'f:b':{}}"));
  }

  @Test
  void showsPathsAsMessagesDo() {
    assertThat(
            set("{'f:a':{'k:{\\'n\\':\\'x\\',\\'p\\':1}':{'f:c':{}},'v:\\'q\\'':{}}}").toString())
        .isEqualTo("[.a[=\"q\"], .a[n=\"x\",p=1].c]");
  }
}
