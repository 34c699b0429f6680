package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.txn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What deletes more than fits into memory at once: about 16 keys here.
class LargeDeletionTest {
  private static final int KEYS = 40;

  private final AtomicLong clock = new AtomicLong();
  private final StoreConfig config =
      StoreConfigs.with(settings -> settings.maxDeletedBytes = 16 << 10);
  private EmbeddedStore store;

  @BeforeEach
  void open() {
    store = StoreConfigs.open(new FaultyDisk(), clock::get, config);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void fill(long lease) {
    for (int i = 0; i < KEYS; i++) {
      put(store, "key" + i, "x".repeat(500), lease);
    }
  }

  private static Op delete(String from, String to) {
    return new Op.Delete(b(from), b(to), false);
  }

  @Test
  void isRefusedWholeAndChangesNothing() {
    fill(0);
    long before = store.revision();
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> txn(store, delete("key", "l")))
        .withMessage("request is too large");
    assertThat(all(store)).hasSize(KEYS);
    assertThat(store.revision()).isEqualTo(before);
    txn(store, delete("key1", "key2")); // 11 keys
    assertThat(all(store)).hasSize(KEYS - 11);
  }

  @Test
  void countsAllDeletionsOfATransaction() {
    fill(0);
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> txn(store, delete("key1", "key2"), delete("key2", "key3")))
        .withMessage("request is too large");
    assertThat(all(store)).hasSize(KEYS);
  }

  @Test
  void isPossibleForOneKeyOfAnySize() {
    put(store, "large", "x".repeat(1 << 20));
    txn(store, new Op.Delete(b("large"), Bytes.EMPTY, false));
    assertThat(all(store)).isEmpty();
  }

  @Test
  void isDoneInStepsForALease() {
    store.leases().grant(1, 10);
    fill(1);
    store.leases().revoke(1);
    assertThat(all(store)).isEmpty();
    assertThatThrownBy(() -> store.leases().timeToLive(1))
        .isInstanceOf(StoreException.LeaseNotFound.class);
  }

  @Test
  void isDoneInStepsForALeaseThatExpires() {
    store.leases().grant(1, 10);
    fill(1);
    clock.addAndGet(Duration.ofSeconds(11).toNanos());
    put(store, "clock", "");
    Dsl.eventually(() -> all(store).size() == 1, "expiry");
    assertThat(store.leases().list()).isEmpty();
  }
}
