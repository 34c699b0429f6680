package io.croft.model.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafePatternTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "^a$|a|true",
        "^a$|a<LF>|false",
        "(?m)^a$|b<LF>a|true",
        "a.c|a<CR>c|true",
        "[[:alpha:]]+[[:digit:]]|ab1|true",
        "^[^[:space:]]$|<SP>|false",
        "^[a[]+$|[a|true",
        "^[a&&b]$|&|true",
        "^[]a]$|]|true",
        "(?P<first_name>x)y|xy|true",
        "(?<n>x)y|xy|true",
        "^a{2}$|aa|true",
        "^{a}$|{a}|true",
        "\\Qa.b\\E|a.b|true",
        "\\Qa.b\\E|axb|false",
        "^(?i)abc$|ABC|true",
        "^\\$a$|$a|true",
        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$|a.b-c|true",
        "^[-\\w]+$|a-b|true"
      })
  void readsRe2(String pattern, String text, boolean found) {
    String meant = text.replace("<LF>", "\n").replace("<CR>", "\r").replace("<SP>", " ");
    assertThat(SafePattern.compile(pattern).isFoundIn(meant)).isEqualTo(found);
  }

  @Test
  void givesUpOnCatastrophicBacktracking() {
    assertThat(SafePattern.compile("^(a+)+$").isFoundIn("a".repeat(60) + "b")).isFalse();
  }

  @Test
  void matchesWhatBacktrackingCannot() {
    assertThat(SafePattern.compile("^(a|b)*$").isFoundIn("ab".repeat(100_000))).isTrue();
    assertThat(SafePattern.compile("^(a|b)*$").isFoundIn("ab".repeat(100_000) + "c")).isFalse();
    assertThat(SafePattern.compile("(a+)+b$|c$").isFoundIn("a".repeat(40) + "c")).isTrue();
  }

  @Test
  void givesUpOnExpressionsThatGrowTooLarge() {
    String large = "^((((a|b){0,100}){0,100}){0,100})*$";
    assertThat(SafePattern.compile(large).isFoundIn("ab".repeat(100_000))).isFalse();
  }

  @Test
  void survivesRecursionInTheEngine() {
    assertThat(SafePattern.compile("^(a|b)*c$").isFoundIn("ab".repeat(200_000))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "date-time,2026-01-02T03:04:05Z,true",
    "date-time,2026-01-02t03:04:05.123+02:00,true",
    "date-time,2026-01-02T03:04Z,false",
    "date-time,2026-13-02T03:04:05Z,false",
    "date,2026-02-28,true",
    "date,2026-02-30,false",
    "byte,YWJj,true",
    "byte,YWJ,false",
    "ipv4,10.0.0.1,true",
    "ipv4,10.0.0.256,false",
    "ipv4,010.0.0.1,false",
    "ipv6,2001:db8::1,true",
    "ipv6,::,true",
    "ipv6,::ffff:10.0.0.1,true",
    "ipv6,1::2::3,false",
    "ipv6,1:2:3:4:5:6:7:8,true",
    "ipv6,1:2:3:4:5:6:7,false",
    "ipv6,::1%eth0,false",
    "cidr,10.0.0.0/8,true",
    "cidr,10.0.0.0/33,false",
    "cidr,fd00::/128,true",
    "duration,1h30m,true",
    "duration,22 ns,true",
    "duration,soon,false",
    "email,a@b.c,true",
    "email,a,false",
    "hostname,a-b.example.com,true",
    "hostname,-a,false",
    "mac,00:1a:2B:3c:4d:5e,true",
    "mac,00:1a,false",
    "uuid,f81d4fae-7dec-11d0-a765-00a0c91e6bf6,true",
    "uuid4,f81d4fae-7dec-11d0-a765-00a0c91e6bf6,false",
    "uri,https://a.b/c?d=e,true",
    "uri,a b,false",
    "no-such-format,anything,true"
  })
  void checksFormats(String format, String value, boolean good) {
    assertThat(Formats.accept(format, value)).isEqualTo(good);
  }
}
