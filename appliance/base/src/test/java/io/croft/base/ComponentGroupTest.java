package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComponentGroupTest {
  private final List<String> done = new ArrayList<>();

  private Component part(String name, boolean ready, boolean fails) {
    return new Component() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public void init() {
        done.add("init " + name);
      }

      @Override
      public void start() throws IOException {
        if (fails) {
          throw new IOException(name + " fails");
        }
        done.add("start " + name);
      }

      @Override
      public boolean ready() {
        return ready;
      }

      @Override
      public void stop() {
        done.add("stop " + name);
      }
    };
  }

  @Test
  void startsItsPartsInOrderAndStopsThemInReverse() throws Exception {
    var group = new ComponentGroup("all", List.of(part("a", true, false), part("b", true, false)));
    group.init();
    group.start();
    assertThat(group.ready()).isTrue();
    group.stop();
    assertThat(done).containsExactly("init a", "init b", "start a", "start b", "stop b", "stop a");
  }

  @Test
  void isReadyOnceAllPartsAre() {
    assertThat(
            new ComponentGroup("all", List.of(part("a", true, false), part("b", false, false)))
                .ready())
        .isFalse();
  }

  @Test
  void failsWithItsFirstPartThatDoes() {
    var group = new ComponentGroup("all", List.of(part("a", true, false), part("b", true, true)));
    assertThatThrownBy(group::start).hasMessage("b fails");
    group.stop();
    assertThat(done).containsExactly("start a", "stop b", "stop a");
  }
}
