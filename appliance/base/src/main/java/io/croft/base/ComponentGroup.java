package io.croft.base;

import java.util.List;

/// Several parts that a user knows as one.
///
/// @param parts started in this order, stopped in reverse
public record ComponentGroup(String name, List<Component> parts) implements Component {
  public ComponentGroup {
    parts = List.copyOf(parts);
  }

  @Override
  public void init() throws Exception {
    for (Component part : parts) {
      part.init();
    }
  }

  @Override
  public void start() throws Exception {
    for (Component part : parts) {
      part.start();
    }
  }

  @Override
  public boolean ready() {
    return parts.stream().allMatch(Component::ready);
  }

  @Override
  public void stop() {
    parts.reversed().forEach(Component::stop);
  }
}
