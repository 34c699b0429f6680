package io.croft.apiserver.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.croft.apiserver.registry.DefinitionChangedException;
import io.croft.model.StatusException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class DefinitionRetryTest {
  private final AtomicInteger tries = new AtomicInteger();

  @Test
  void startsAgainFromTheChangedDefinition() {
    String answer =
        DefinitionRetry.of(() -> {
          if (tries.incrementAndGet() < 3) {
            throw new DefinitionChangedException();
          }
          return "done";
        });
    assertThat(answer).isEqualTo("done");
    assertThat(tries).hasValue(3);
  }

  @Test
  void givesUpOnADefinitionThatKeepsChanging() {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() ->
            DefinitionRetry.of(() -> {
              tries.incrementAndGet();
              throw new DefinitionChangedException();
            }))
        .satisfies(e -> assertThat(e.status().code()).isEqualTo(503));
    assertThat(tries).hasValue(DefinitionRetry.TRIES);
  }
}
