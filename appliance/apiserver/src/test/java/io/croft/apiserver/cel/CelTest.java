package io.croft.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The language, Kubernetes' functions, and what a schema makes of values. The expected values of
/// Kubernetes' functions are those of its documentation.
final class CelTest {
  private static final RuleSchema SCHEMA =
      RuleSchema.ofCustomResource(
          json(
              """
              {"type":"object","properties":{"spec":{"type":"object","properties":{
                "count":{"type":"integer"},
                "ratio":{"type":"number"},
                "namespace":{"type":"string"},
                "a.b-c/d__e":{"type":"string"},
                "words":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
                "ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
                  "items":{"type":"object","properties":{"name":{"type":"string"},"port":{"type":"integer"}}}},
                "labels":{"type":"object","additionalProperties":{"type":"string"}},
                "percent":{"x-kubernetes-int-or-string":true},
                "wait":{"type":"string","format":"duration"},
                "at":{"type":"string","format":"date-time"},
                "day":{"type":"string","format":"date"},
                "data":{"type":"string","format":"byte"},
                "gone":{"type":"string","nullable":true},
                "open":{"x-kubernetes-preserve-unknown-fields":true}
              }}}}
              """));

  private static final JsonNode SELF_JSON =
      json(
          """
          {"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"it"},"spec":{
            "count":3,"ratio":2,"namespace":"ns","a.b-c/d__e":"escaped","words":["x","y"],
            "ports":[{"name":"a","port":1},{"name":"b","port":2}],
            "labels":{"k":"v"},"percent":"50%","wait":"1h30m","at":"2024-01-02T03:04:05Z",
            "day":"2024-01-02","data":"YWJj","gone":null,"open":{"x":1}}}
          """);

  private static final Object SELF = Values.of(SELF_JSON, SCHEMA);

  private static JsonNode json(String text) {
    try {
      return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static CelProgram compiled(String expression) throws CelCompileException {
    return CelEnvironment.of(Map.of("self", DeclaredType.of(SCHEMA))).compile(expression);
  }

  private static Object value(String expression) throws CelCompileException {
    return compiled(expression)
        .evaluate(name -> name.equals("self") ? SELF : null, CelBudget.forRules());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1 + 2 * 3 == 7 && 7 / 2 == 3 && -7 % 3 == -1",
        "1 < 1.5 && 2u > 1 && dyn(1) == 1.0 && 1u == uint('1')",
        "1 / 0 == 1 || true",
        "!(1 / 0 == 1 && false)",
        "[0, 1].exists(x, 1 / x == 1)",
        "![0, 2].all(x, 2 / x == 2 && x == 0)",
        "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]",
        "[1, 2, 3].filter(x, x > 1).size() == 2 && [1, 2].exists_one(x, x == 1)",
        "{'a': 1}.all(k, k == 'a') && 'a' in {'a': 1} && 2 in [1, 2]",
        "[1, 2].all(i, v, i < v) && [5].transformList(i, v, i + v) == [5]",
        "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
        "[1].map(x, [2].map(y, x + y)) == [[3]]",
        "size('äö') == 2 && 'äö'.charAt(1) == 'ö'",
        "string(1.5) == '1.5' && string(1e21) == '1e+21' && int('12') == 12 && double('1e3') =="
            + " 1000.0",
        "b'abc' == bytes('abc') && string(b'abc') == 'abc'",
        "type(1) == int && type('') == string && type([]) == list && type(type(1)) == type(int)",
        "timestamp('2024-01-02T03:04:05Z').getDayOfWeek() == 2",
        "timestamp('2024-01-02T03:04:05Z').getHours('+02:00') == 5",
        "type(timestamp('2024-01-02T03:04:05Z')) == google.protobuf.Timestamp",
        "timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z') == duration('24h')",
        "string(duration('1h30m')) == '5400s' && duration('90m').getHours() == 1",
        "optional.of(3).optMap(x, x + 1).value() == 4 && !optional.none().hasValue()",
        "optional.of(3).optFlatMap(x, optional.of(x * 2)).orValue(0) == 6",
        "{?'a': optional.of(1), ?'b': optional.none()} == {'a': 1} && [?optional.of(1)] == [1]",
        "[1, 2][?5].orValue(7) == 7 && {'a': {'b': 1}}.?a.?c.orValue(2) == 2",
        "'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'",
        "'hello'.replace('l', 'L', 1) == 'heLlo' && 'hello'.substring(1, 3) == 'el'",
        "'tacocat'.indexOf('ac') == 1 && 'tacocat'.lastIndexOf('at') == 5 && ' x '.trim() == 'x'",
        "'%s is %d and %.2f, %x%%'.format(['x', 5, 1.5, 255]) == 'x is 5 and 1.50, ff%'",
        "'abc 123'.find('[0-9]+') == '123' && '123 abc 456'.findAll('[0-9]+', 1) == ['123']",
        "[1, 2, 3].isSorted() && [1, 3].sum() == 4 && [1, 3].max() == 3 && [2, 1].indexOf(1) == 1",
        "[3, 1].sort() == [1, 3] && ['bb', 'a'].sortBy(x, x.size()) == ['a', 'bb']",
        "[[1], [2]].flatten() == [1, 2] && [1, 1].distinct() == [1] && [1, 2, 3].slice(1, 3) == [2,"
            + " 3]",
        "sets.contains([1, 2], [1]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 1],"
            + " [1])",
      })
  void knowsTheLanguage(String expression) throws CelCompileException {
    assertThat(value(expression)).isEqualTo(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "url('https://example.com:80/').getHost() == 'example.com:80'",
        "url('https://[::1]:80/').getHostname() == '::1' && url('/path').getHostname() == ''",
        "url('https://example.com:80/').getPort() == '80' && url('https://a.b/').getPort() == ''",
        "url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
        "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b',"
            + " 'c']}",
        "isURL('https://user:pass@example.com:80/path?query=val#fragment') &&"
            + " isURL('/absolute-path')",
        "!isURL('https://a:b:c/') && !isURL('../relative-path')",
        "quantity('1.5Gi').isGreaterThan(quantity('1G')) && quantity('50k').asInteger() == 50000",
        "quantity('50k').add(20) == quantity('50020') && quantity('50k').sub(quantity('20k')) =="
            + " quantity('30k')",
        "!isQuantity('200K') && isQuantity('1.3G') && !quantity('100m').isInteger()",
        "quantity('200M').compareTo(quantity('0.2G')) == 0 && sign(quantity('-1')) == -1",
        "isIP('127.0.0.1') && isIP('2001:db8::abcd') && !isIP('127.0.0.256') &&"
            + " !isIP('::ffff:1.2.3.4')",
        "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')",
        "!ip.isCanonical('2001:db8::0:0:0:abcd') && ip('::1').family() == 6",
        "ip('127.0.0.1').isLoopback() && ip('ff02::1').isLinkLocalMulticast()",
        "ip('fe80::1').isLinkLocalUnicast() && ip('192.168.0.1').isGlobalUnicast()",
        "!ip('255.255.255.255').isGlobalUnicast() && ip('::').isUnspecified()",
        "isCIDR('192.168.0.0/16') && !isCIDR('192.168.0.0/33') && isCIDR('::1/128')",
        "cidr('192.168.0.0/24').containsIP('192.168.0.1') &&"
            + " !cidr('192.168.0.0/24').containsIP('10.0.0.1')",
        "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24')",
        "!cidr('192.168.10.0/24').containsCIDR(cidr('192.168.0.0/16'))",
        "string(cidr('192.168.0.1/24').masked()) == '192.168.0.0/24'",
        "cidr('192.168.0.1/24').ip() == ip('192.168.0.1') && cidr('::1/128').prefixLength() == 128",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v01.01',"
            + " true).compareTo(semver('1.1.0')) == 0",
        "!isSemver('v1.0.0') && isSemver('v1.0', true)",
        "semver('1.0.0-rc.2').isLessThan(semver('1.0.0-rc.10')) &&"
            + " semver('1.0.0-rc').isLessThan(semver('1.0.0'))",
        "!format.dns1123Label().validate('my-label-name').hasValue()",
        "format.dns1123Label().validate('contains a space').hasValue()",
        "format.named('dns1123Label').hasValue() && !format.named('unknown').hasValue()",
        "!format.uri().validate('http://example.com').hasValue()",
      })
  void knowsTheFunctionsOfKubernetes(String expression) throws CelCompileException {
    assertThat(value(expression)).isEqualTo(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "self.spec.count == 3 && self.metadata.name == 'it' && self.kind == 'Thing'",
        "self.spec.ratio == 2.0 && type(self.spec.ratio) == double",
        "self.spec.__namespace__ == 'ns'",
        "self.spec.a__dot__b__dash__c__slash__d__underscores__e == 'escaped'",
        "self.spec.words == ['y', 'x'] && self.spec.words + ['z', 'x'] == ['z', 'x', 'y']",
        "self.spec.words != ['x']",
        "self.spec.ports + [self.spec.ports[0]] == self.spec.ports",
        "self.spec.labels.k == 'v' && self.spec.labels['k'] == 'v' && !('q' in self.spec.labels)",
        "type(self.spec.percent) == string && self.spec.percent.matches(r'^\\d+%$')",
        "self.spec.wait == duration('90m') && self.spec.at.getFullYear() == 2024",
        "self.spec.day == timestamp('2024-01-02T00:00:00Z') && self.spec.data == b'abc'",
        "!has(self.spec.gone) && has(self.spec.count)",
        "self.spec.?gone.orValue('nothing') == 'nothing'",
      })
  void seesValuesAsTheirSchemaSays(String expression) throws CelCompileException {
    assertThat(value(expression)).isEqualTo(true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          self.spec.nope              | undefined field 'nope'
          self.spec.open              | undefined field 'open'
          self.spec.count == 'x'      | found no matching overload for '_==_' applied to '(int, string)'
          nobody                      | undeclared reference to 'nobody'
          1 +                         | mismatched input
          'a'.matches('(')            | invalid matches argument
          duration('1 year')          | invalid duration argument
          """)
  void refusesWhatMakesNoSense(String expression, String message) {
    assertThatExceptionOfType(CelCompileException.class)
        .isThrownBy(() -> compiled(expression))
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          1 / 0                        | division by zero
          9223372036854775807 + 1      | integer overflow
          [1][3]                       | index out of bounds: 3
          self.spec.labels.nope        | no such key: nope
          int('x')                     | strconv.ParseInt
          self.spec.percent + 1        | no such overload
          optional.none().value()      | optional.none() dereference
          'a'.matches('((a{100}){100}' + '){100}') | expression too large
          'a'.find('[{({]{3}' + '(')   | error parsing regexp
          """)
  void saysWhyThereIsNoValue(String expression, String message) {
    assertThatExceptionOfType(CelException.class)
        .isThrownBy(() -> value(expression))
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @Timeout(60)
  @ValueSource(
      strings = {
        "lists.range(1000).all(x, lists.range(1000).all(y, lists.range(1000).all(z, z >= 0)))",
        "lists.range(900000).map(x, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' + string(x)).size() >"
            + " 0",
        "lists.range(40).map(i, [1].map(x, lists.range(900000))).size() > 0",
        "lists.range(1000).map(x, 'a').join('').replace('a', lists.range(1000).map(x,"
            + " 'a').join('')).replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') == ''",
        "lists.range(100000).distinct().size() == 1",
        "[lists.range(100000).map(x, 'aaaaaaaa').join('')].map(b,"
            + " '%s'.format([lists.range(100).map(x, b)])).size() == 1",
        "lists.range(90000).map(x, 'a').join('').matches('(' + 'a{900}' + 'b){9}')",
        "lists.range(60000).map(x, 'a').join('').findAll('a*b|a').size() > 0",
        "[url('/' + lists.range(60000).map(x, ' ').join(''))].all(u, lists.range(1000).all(x,"
            + " u.getEscapedPath() != ''))",
        "[url('/?' + lists.range(60000).map(x, '&').join(''))].all(u, lists.range(1000).all(x,"
            + " u.getQuery() == {}))",
        "[lists.range(60000).map(x, '0').join('')].all(t, lists.range(1000).all(x, int(t) == 0))",
        "[lists.range(60000).map(x, '0').join('')].all(t, lists.range(1000).all(x, uint(t) == 0u))",
        "[lists.range(60000).map(x, '.').join('')].all(t, lists.range(1000).all(x,"
            + " cidr('10.0.0.0/8').containsIP(t) || true))",
        "[lists.range(60000).map(x, '.').join('')].all(t, lists.range(1000).all(x,"
            + " cidr('10.0.0.0/8').containsCIDR(t) || true))",
        "[lists.range(60000).map(x, 'a').join('')].all(t, lists.range(1000).all(x, !(t in {'b':"
            + " 1})))",
        "[bytes(lists.range(60000).map(x, 'a').join(''))].all(t, lists.range(1000).all(x, t =="
            + " t))",
        "[lists.range(30000)].all(l, lists.range(40).all(x, size(l + l) > 0))",
      })
  void stopsWhatIsTooDear(String expression) {
    assertThatExceptionOfType(CelCostException.class)
        .isThrownBy(() -> value(expression))
        .withMessage("operation cancelled: actual cost limit exceeded");
  }

  @Test
  void paysForBytesAtEachLook() throws CelCompileException {
    CelProgram program =
        compiled(
            "lists.range(1000).all(x, self.spec.data != b'') || lists.range(1000).all(x,"
                + " self.spec.data != b'')");
    var large = SELF_JSON.deepCopy();
    large.withObject("/spec").put("data", "A".repeat(1 << 20));
    Object self = Values.of(large, SCHEMA);
    assertThatExceptionOfType(CelCostException.class)
        .isThrownBy(() -> program.evaluate(name -> self, CelBudget.forRules()));
  }

  @Test
  void findsManyShortMatchesInALongText() throws CelCompileException {
    assertThat(value("lists.range(10000).map(x, 'a1').join('').findAll('[0-9]+').size() == 10000"))
        .isEqualTo(true);
  }

  @Test
  void boundsTheMemoryOfWhatEvaluationsLeave() throws CelCompileException {
    CelProgram program = compiled("lists.range(200000) + lists.range(200000)");
    CelBudget budget = CelBudget.forRules();
    program.evaluate(name -> null, budget);
    program.evaluate(name -> null, budget);
    assertThatExceptionOfType(CelCostException.class)
        .isThrownBy(() -> program.evaluate(name -> null, budget))
        .withMessage("operation cancelled: values of more than 16777216 bytes were made");
  }

  @Test
  void givesMemoryBackThatNobodyHas() throws CelCompileException {
    CelProgram program = compiled("size(lists.range(200000) + lists.range(200000)) == 400000");
    CelBudget budget = CelBudget.forRules();
    for (int i = 0; i < 5; i++) {
      assertThat(program.evaluate(name -> null, budget)).isEqualTo(true);
    }
  }

  @Test
  void stopsAtItsDeadline() throws CelCompileException {
    CelProgram program = compiled("lists.range(100000).all(x, x >= 0)");
    var nanos = new AtomicLong();
    var budget =
        new CelBudget(CelBudget.PER_CALL, () -> nanos.getAndAdd(CelBudget.MAX_TIME.toNanos() / 2));
    assertThatExceptionOfType(CelCostException.class)
        .isThrownBy(() -> program.evaluate(name -> null, budget))
        .withMessage("operation interrupted");
  }

  @Test
  void countsWhatIsEvaluatedWithin() throws CelCompileException {
    CelProgram inner = compiled("lists.range(100000).all(x, x >= 0)");
    CelProgram outer = compiled("lists.range(100000).all(x, x >= 0) && self.spec.count == 3");
    CelBudget budget = new CelBudget(CelBudget.PER_CALL, System::nanoTime);
    assertThatExceptionOfType(CelCostException.class)
        .isThrownBy(() ->
            outer.evaluate(
                name -> {
                  inner.evaluate(n -> null, budget);
                  return SELF;
                },
                budget));
  }

  @Test
  void stopsWhenItsThreadIsTo() throws Exception {
    CelProgram program = compiled("lists.range(100000).all(x, x >= 0)");
    Thread.currentThread().interrupt();
    try {
      assertThatExceptionOfType(CelCostException.class)
          .isThrownBy(() -> program.evaluate(name -> null, CelBudget.forRules()))
          .withMessage("operation interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void refusesExpressionsThatNestTooDeeply() {
    String deep = "(".repeat(5_000) + "1" + ")".repeat(5_000);
    assertThatExceptionOfType(CelCompileException.class).isThrownBy(() -> compiled(deep));
  }
}
