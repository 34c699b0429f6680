package io.croft.base.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeadersTest {
  @Test
  void leavesOutWhatMatches() {
    Headers headers = Headers.of("A", "1", "b", "2", "a", "3");
    assertThat(headers.without(name -> name.equals("a")).toString()).isEqualTo("[b, 2]");
    assertThat(headers.all("A")).containsExactly("1", "3");
  }

  @Test
  void masksParametersInPlace() {
    Query query = Query.of("a", "1", "token", "t", "b", "2", "token", "u");
    assertThat(query.mask(name -> name.equals("token"), "***").encode())
        .isEqualTo("a=1&token=***&b=2&token=***");
  }
}
