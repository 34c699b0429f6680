package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestTargetTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "/,/,''",
        "/?,/,''",
        "/a?b=c&d,/a,b=c&d=",
        "/a?b?c,/a,b%3Fc=",
        "//a,//a,''",
        "/a%2Fb/../c,/a%2Fb/../c,''",
        "https://host:1/a?b=c,/a,b=c",
        "HTTP://host,/,''",
        "http://host?a=b,/,a=b",
        "/x?u=http://y,/x,u=http%3A%2F%2Fy",
      })
  void splitsPathAndQuery(String target, String path, String query) {
    var parsed = RequestTarget.parse(target);

    assertThat(parsed.path()).isEqualTo(path);
    assertThat(parsed.query().encode()).isEqualTo(query);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "*", "?a=b", "ftp://host/a", "/a b", "/\t", "/\u00e4", "/#a", "/?%"})
  void refusesAnythingElse(String target) {
    assertThatThrownBy(() -> RequestTarget.parse(target))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
