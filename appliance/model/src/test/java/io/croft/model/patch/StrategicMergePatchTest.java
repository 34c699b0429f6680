package io.croft.model.patch;

import static io.croft.model.JsonTexts.json;
import static io.croft.model.JsonTexts.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.patch.PatchException.Reason;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrategicMergePatchTest {
  /// `list` merges by `name`, `ports` by `port`, `set` holds scalars that merge, `atomic` is
  /// replaced, `strategy` is an object that is replaced.
  private static final PatchSchema SCHEMA =
      PatchSchema.of(
          json(
              """
              {'$ref':'#/components/schemas/Spec'}
              """),
          _ ->
              json(
                  """
                  {'type':'object','properties':{
                    'nested':{'$ref':'#/components/schemas/Spec'},
                    'list':{'type':'array','items':{'allOf':[{'$ref':'#/components/schemas/Spec'}],'default':{}},
                      'x-kubernetes-patch-strategy':'merge','x-kubernetes-patch-merge-key':'name'},
                    'ports':{'type':'array','items':{'type':'object'},
                      'x-kubernetes-patch-strategy':'merge','x-kubernetes-patch-merge-key':'port'},
                    'set':{'type':'array','items':{'type':'string'},'x-kubernetes-patch-strategy':'merge'},
                    'atomic':{'type':'array','items':{'type':'string'}},
                    'strategy':{'type':'object','x-kubernetes-patch-strategy':'replace'},
                    'volumes':{'type':'array','items':{'type':'object'},'x-kubernetes-patch-strategy':'merge,retainKeys',
                      'x-kubernetes-patch-merge-key':'name'}}}
                  """));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // objects
        "{'a':1,'b':2}|{'a':3,'b':null,'c':4}|{'a':3,'c':4}",
        "{'a':{'b':1}}|{'a':{'c':{'d':1,'e':null}}}|{'a':{'b':1,'c':{'d':1}}}",
        "{'a':1}|{'a':{'b':null,'c':1}}|{'a':{'c':1}}",
        "{'a':{'b':1}}|{'a':{'$patch':'replace','c':2}}|{'a':{'c':2}}",
        "{'a':{'b':1}}|{'a':{'$patch':'delete'}}|{'a':{}}",
        "{'a':{'b':1}}|{'a':{'$patch':'merge','c':2}}|{'a':{'b':1,'c':2}}",
        "{}|{'a':{'$patch':'delete'}}|{}",
        "{'strategy':{'x':1}}|{'strategy':{'y':2}}|{'strategy':{'y':2}}",
        "{'a':{'x':1,'y':2}}|{'a':{'$retainKeys':['y','z'],'z':3}}|{'a':{'y':2,'z':3}}",
        // lists without a strategy
        "{'atomic':['a','b']}|{'atomic':['c']}|{'atomic':['c']}",
        // lists of scalars
        "{'set':['a','b']}|{'set':['c','a']}|{'set':['c','a','b']}",
        "{'set':['a','b','c']}|{'$deleteFromPrimitiveList/set':['b']}|{'set':['a','c']}",
        "{'set':['a','b']}|{'$deleteFromPrimitiveList/set':['a'],'set':['c']}|{'set':['c','b']}",
        "{'set':['a','b','c']}|{'$setElementOrder/set':['c','a']}|{'set':['b','c','a']}",
        // lists of objects; new items come first, as they do with kube-apiserver
        "{'list':[{'name':'a','v':1},{'name':'b'}]}|{'list':[{'name':'a','w':2},{'name':'c'}]}|{'list':[{'name':'a','v':1,'w':2},{'name':'c'},{'name':'b'}]}",
        "{'list':[{'name':'a'},{'name':'b'}]}|{'list':[{'name':'a','$patch':'delete'}]}|{'list':[{'name':'b'}]}",
        "{'list':[{'name':'a'}]}|{'list':[{'name':'b'},{'$patch':'replace'}]}|{'list':[{'name':'b'}]}",
        "{}|{'list':[{'name':'a','v':null},{'name':'b','$patch':'delete'}]}|{'list':[{'name':'a'}]}",
        "{'list':[{'name':'a','set':['x']}]}|{'list':[{'name':'a','set':['y']}]}|{'list':[{'name':'a','set':['y','x']}]}",
        "{'nested':{'list':[{'name':'a'}]}}|{'nested':{'list':[{'name':'b'}]}}|{'nested':{'list':[{'name':'b'},{'name':'a'}]}}",
        // order
        "{'list':[{'name':'a'},{'name':'b'},{'name':'c'}]}|{'$setElementOrder/list':[{'name':'c'},{'name':'a'}]}|{'list':[{'name':'b'},{'name':'c'},{'name':'a'}]}",
        "{'list':[{'name':'s'},{'name':'a'}]}|{'$setElementOrder/list':[{'name':'b'},{'name':'a'}],'list':[{'name':'b'}]}|{'list':[{'name':'b'},{'name':'s'},{'name':'a'}]}",
        "{'list':[{'name':'a'},{'name':'b'}]}|{'$setElementOrder/list':[{'name':'b'}],'list':[{'name':'a','$patch':'delete'}]}|{'list':[{'name':'b'}]}",
        "{}|{'$setElementOrder/list':[{'name':'b'}]}|{}",
        "{'volumes':[{'name':'v','emptyDir':{}}]}|{'volumes':[{'$retainKeys':['name','hostPath'],'name':'v','hostPath':{'path':'/'}}]}|{'volumes':[{'name':'v','hostPath':{'path':'/'}}]}",
        "{'volumes':[]}|{'volumes':[{'$retainKeys':['name','hostPath'],'name':'v','hostPath':{'path':'/'}}]}|{'volumes':[{'name':'v','hostPath':{'path':'/'}}]}"
      })
  void mergesByTheSchema(String original, String patch, String expected) {
    ObjectNode before = object(original);
    ObjectNode change = object(patch);
    assertThat(StrategicMergePatch.apply(before, change, SCHEMA)).isEqualTo(json(expected));
    assertThat(before).isEqualTo(object(original));
    assertThat(change).isEqualTo(object(patch));
  }

  @Test
  void keepsItemsThatShareAMergeKey() {
    assertThat(
            StrategicMergePatch.apply(
                object(
                    "{'ports':[{'port':53,'protocol':'TCP'},{'port':53,'protocol':'UDP'},{'port':80}]}"),
                object("{'ports':[{'port':80,'name':'web'}]}"),
                SCHEMA))
        .isEqualTo(
            json(
                "{'ports':[{'port':53,'protocol':'TCP'},{'port':53,'protocol':'UDP'},{'port':80,'name':'web'}]}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':{'$patch':'explode'}}|MALFORMED|unknown patch type: \"explode\" in map:"
            + " {\"$patch\":\"explode\"}",
        "{'list':[{'v':1}]}|NOT_APPLICABLE|map: {\"v\":1} does not contain declared merge key:"
            + " name",
        "{'set':[{'v':1}]}|NOT_APPLICABLE|cannot merge lists without merge key",
        "{'list':[{'name':'a','$patch':'merge'}]}|MALFORMED|merging lists cannot yet be specified"
            + " in the patch",
        "{'a':{'$retainKeys':['y'],'z':3}}|MALFORMED|invalid patch format of retainKeys",
        "{'a':{'$retainKeys':'y'}}|MALFORMED|invalid patch format of retainKeys",
        "{'$deleteFromPrimitiveList/set':'a'}|MALFORMED|invalid patch format of primitive list",
        "{'$setElementOrder/set':{}}|MALFORMED|invalid patch format of setElementOrder list",
        "{'$setElementOrder/set':['a'],'set':['b']}|MALFORMED|the order in the patch list"
            + " doesn't match the $setElementOrder list at \"b\""
      })
  void explainsWhatDoesNotApply(String patch, Reason reason, String message) {
    assertThatExceptionOfType(PatchException.class)
        .isThrownBy(() ->
            StrategicMergePatch.apply(
                object("{'a':{'x':1},'list':[{'name':'a'}],'set':['x']}"), object(patch), SCHEMA))
        .withMessage(message)
        .extracting(PatchException::reason)
        .isEqualTo(reason);
  }

  @Test
  void replacesListsOfWhichNothingIsKnown() {
    assertThat(
            StrategicMergePatch.apply(
                object("{'list':[{'name':'a'}]}"),
                object("{'list':[{'name':'b'}]}"),
                PatchSchema.NONE))
        .isEqualTo(json("{'list':[{'name':'b'}]}"));
  }

  @RepeatedTest(300)
  void isAMergePatchWhereNothingIsKnown(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    ObjectNode original = RandomJson.object(random, 4);
    ObjectNode patch = RandomJson.object(random, 4);
    assertThat(StrategicMergePatch.apply(original, patch, PatchSchema.NONE))
        .isEqualTo(MergePatch.apply(original, patch));
  }
}
