package io.croft.fleet;

import java.time.Duration;

/// @param certificateLife how long hosts' certificates live; they are renewed at two thirds of it
public record FleetConfig(Duration certificateLife) {
  public static final FleetConfig DEFAULT = new FleetConfig(Duration.ofDays(90));
}
