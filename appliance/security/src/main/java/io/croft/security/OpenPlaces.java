package io.croft.security;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// The places of requests without credentials, so that strangers do not take all that requests
/// have, nor one of them those of all others. Whoever's body has not arrived has a place of its
/// address only. Callers on this machine share an address with nobody. Thread-safe.
final class OpenPlaces {
  static final int MAX = 64;
  static final int MAX_OF_ADDRESS = 8;

  private final Semaphore places = new Semaphore(MAX);

  /// By network, how many are there; those that have none are left out.
  private final Map<String, Integer> present = new ConcurrentHashMap<>();

  /// Takes a place of an address.
  ///
  /// @return whether there was one; it is to be given back by [#leave]
  boolean enter(String address) {
    String network = RequestRates.network(address);
    if (network.isEmpty()) {
      return true;
    }
    var entered = new boolean[1];
    present.compute(
        network,
        (_, count) -> {
          int before = count == null ? 0 : count;
          entered[0] = before < MAX_OF_ADDRESS;
          return entered[0] ? before + 1 : before;
        });
    return entered[0];
  }

  void leave(String address) {
    present.computeIfPresent(
        RequestRates.network(address), (_, count) -> count == 1 ? null : count - 1);
  }

  /// Takes one of all the places, to be given back by [#release].
  boolean tryAcquire() {
    return places.tryAcquire();
  }

  void release() {
    places.release();
  }
}
