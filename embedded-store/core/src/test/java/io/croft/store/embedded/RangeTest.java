package io.croft.store.embedded;

import static io.croft.store.embedded.Dsl.all;
import static io.croft.store.embedded.Dsl.b;
import static io.croft.store.embedded.Dsl.delete;
import static io.croft.store.embedded.Dsl.everything;
import static io.croft.store.embedded.Dsl.put;
import static io.croft.store.embedded.Dsl.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.RangeRequest.SortOrder;
import io.croft.store.RangeRequest.SortTarget;
import io.croft.store.RangeResult;
import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangeTest {
  private EmbeddedStore store;

  @BeforeEach
  void open() {
    store = StoreConfigs.inMemory();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  @Tag("S7")
  void ordersKeysAsUnsignedBytes() {
    byte[][] keys = {{(byte) 0xff, 0}, {0}, {0x7f}, {(byte) 0x80}, {0, 0}, {0, 1}, {(byte) 0xff}};
    for (byte[] key : keys) {
      Dsl.txn(store, Op.put(Bytes.wrap(key), b("v"), 0));
    }
    assertThat(all(store).stream().map(kv -> java.util.HexFormat.of().formatHex(kv.key().array())))
        .containsExactly("00", "0000", "0001", "7f", "80", "ff", "ff00");
  }

  @Test
  @Tag("S8")
  void readsKeysPrefixesAndOpenEnds() {
    for (String key : List.of("a", "ab", "abc", "b", "c")) {
      put(store, key, "");
    }
    assertThat(keys(RangeRequest.key(b("ab")))).containsExactly("ab");
    assertThat(keys(RangeRequest.key(b("aa")))).isEmpty();
    assertThat(keys(RangeRequest.prefix(b("ab")))).containsExactly("ab", "abc");
    assertThat(keys(RangeRequest.range(b("ab"), b("c")))).containsExactly("ab", "abc", "b");
    assertThat(keys(RangeRequest.range(b("b"), Bytes.wrap(new byte[1])))).containsExactly("b", "c");
    assertThat(keys(RangeRequest.range(b("c"), b("a")))).isEmpty();
    assertThat(store.range(RangeRequest.range(b("c"), b("a")).withLimit(1)).count()).isZero();
    assertThat(keys(everything())).hasSize(5);
  }

  @Test
  @Tag("S6")
  void refusesAnEmptyKey() {
    assertThatExceptionOfType(Invalid.class)
        .isThrownBy(() -> store.range(RangeRequest.key(Bytes.EMPTY)))
        .withMessage("key is not provided");
  }

  @ParameterizedTest
  @CsvSource({"0, 5, false", "1, 1, true", "4, 4, true", "5, 5, false", "6, 5, false"})
  @Tag("S9")
  void limitsCountsAndSaysWhetherThereIsMore(long limit, int found, boolean more) {
    for (int i = 0; i < 5; i++) {
      put(store, "p" + i, "");
    }
    put(store, "q", "");
    RangeResult result = store.range(RangeRequest.prefix(b("p")).withLimit(limit));
    assertThat(result.kvs()).hasSize(found);
    assertThat(result.more()).isEqualTo(more);
    assertThat(result.count()).isEqualTo(5);
  }

  @Test
  @Tag("S10")
  void countsWithoutKeysAndGivesKeysWithoutValues() {
    put(store, "a", "1");
    put(store, "b", "2");
    RangeResult count = store.range(options(0, SortOrder.NONE, SortTarget.KEY, true, false));
    assertThat(count.count()).isEqualTo(2);
    assertThat(count.kvs()).isEmpty();
    assertThat(count.more()).isFalse();
    RangeResult keys = store.range(options(0, SortOrder.NONE, SortTarget.KEY, false, true));
    assertThat(keys.kvs())
        .containsExactly(
            new KeyValue(b("a"), Bytes.EMPTY, 2, 2, 1, 0),
            new KeyValue(b("b"), Bytes.EMPTY, 3, 3, 1, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "KEY, NONE, abc",
    "KEY, DESCEND, cba",
    "VERSION, ASCEND, cba",
    "CREATE, DESCEND, acb",
    "CREATE, NONE, bca",
    "MOD, ASCEND, cba",
    "VALUE, ASCEND, cab",
    "VALUE, DESCEND, bac"
  })
  @Tag("S10")
  void sortsByEachTargetBeforeItLimits(SortTarget target, SortOrder order, String expected) {
    put(store, "b", "z");
    put(store, "c", "m");
    put(store, "a", "x");
    put(store, "b", "y");
    put(store, "a", "x");
    put(store, "a", "n");
    assertThat(String.join("", keys(options(0, order, target, false, false)))).isEqualTo(expected);
    RangeResult first = store.range(options(2, order, target, false, false));
    assertThat(String.join("", texts(first.kvs()).stream().map(t -> t.substring(0, 1)).toList()))
        .isEqualTo(expected.substring(0, 2));
    assertThat(first.more()).isTrue();
    assertThat(first.count()).isEqualTo(3);
  }

  @Test
  @Tag("S10")
  void filtersByRevisionsBeforeItLimitsButCountsAll() {
    put(store, "a", "");
    put(store, "b", "");
    put(store, "c", "");
    put(store, "a", "");
    assertThat(keys(filter(4, 0, 0, 0))).containsExactly("a", "c");
    assertThat(keys(filter(0, 3, 0, 0))).containsExactly("b");
    assertThat(keys(filter(0, 0, 3, 0))).containsExactly("b", "c");
    assertThat(keys(filter(0, 0, 0, 2))).containsExactly("a");
    RangeResult limited = store.range(filter(4, 0, 0, 0).withLimit(1));
    assertThat(limited.more()).isTrue();
    assertThat(limited.count()).isEqualTo(3);
  }

  @Test
  @Tag("S11")
  void readsThePastDownToTheCompactedRevision() {
    put(store, "a", "1");
    put(store, "a", "2");
    delete(store, "a");
    put(store, "b", "3");
    assertThat(texts(at(1))).isEmpty();
    assertThat(texts(at(2))).containsExactly("a=1");
    assertThat(texts(at(3))).containsExactly("a=2");
    assertThat(texts(at(4))).isEmpty();
    assertThat(store.range(everything().atRevision(2)).revision()).isEqualTo(5);
    store.compact(3);
    assertThat(texts(at(3))).containsExactly("a=2");
    assertThatThrownBy(() -> at(2))
        .isInstanceOfSatisfying(
            StoreException.Compacted.class,
            e -> {
              assertThat(e.requested()).isEqualTo(2);
              assertThat(e.compactedAt()).isEqualTo(3);
            });
    assertThatThrownBy(() -> at(6)).isInstanceOf(StoreException.FutureRevision.class);
  }

  /// Against a map per revision: any range, any revision, any limit.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @Tag("S9")
  void agreesWithAModelAtEveryRevision(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<NavigableMap<String, String>> states = history(random, 600);
    for (int i = 0; i < 3000; i++) {
      int revision = random.nextInt(1, states.size());
      String from = key(random);
      String to = random.nextInt(5) == 0 ? "z" : key(random);
      long limit = random.nextInt(12);
      NavigableMap<String, String> expected =
          from.compareTo(to) < 0
              ? states.get(revision).subMap(from, true, to, false)
              : new TreeMap<>();
      RangeResult result =
          store.range(RangeRequest.range(b(from), b(to)).withLimit(limit).atRevision(revision));
      assertThat(result.count()).isEqualTo(expected.size());
      assertThat(texts(result.kvs())).isEqualTo(firstTexts(expected, limit));
      assertThat(result.more()).isEqualTo(limit > 0 && expected.size() > limit);
    }
  }

  /// @return the content at each revision; nothing at 0
  private List<NavigableMap<String, String>> history(SplittableRandom random, int steps) {
    List<NavigableMap<String, String>> states = new ArrayList<>();
    states.add(new TreeMap<>());
    states.add(new TreeMap<>());
    for (int i = 0; i < steps; i++) {
      NavigableMap<String, String> next = new TreeMap<>(states.getLast());
      String key = key(random);
      if (next.containsKey(key) && random.nextInt(3) == 0) {
        next.remove(key);
        delete(store, key);
      } else {
        next.put(key, "v" + i);
        put(store, key, "v" + i);
      }
      states.add(next);
    }
    return states;
  }

  private static String key(SplittableRandom random) {
    return "k%02d".formatted(random.nextInt(60));
  }

  private static List<String> firstTexts(Map<String, String> content, long limit) {
    return content.entrySet().stream()
        .limit(limit == 0 ? Long.MAX_VALUE : limit)
        .map(e -> e.getKey() + "=" + e.getValue())
        .toList();
  }

  private List<KeyValue> at(long revision) {
    return store.range(everything().atRevision(revision)).kvs();
  }

  private List<String> keys(RangeRequest request) {
    return store.range(request).kvs().stream().map(kv -> kv.key().asUtf8()).toList();
  }

  private static RangeRequest options(
      long limit, SortOrder order, SortTarget target, boolean countOnly, boolean keysOnly) {
    Bytes zero = Bytes.wrap(new byte[1]);
    return new RangeRequest(zero, zero, limit, 0, order, target, keysOnly, countOnly, 0, 0, 0, 0);
  }

  private static RangeRequest filter(long minMod, long maxMod, long minCreate, long maxCreate) {
    Bytes zero = Bytes.wrap(new byte[1]);
    return new RangeRequest(
        zero,
        zero,
        0,
        0,
        SortOrder.NONE,
        SortTarget.KEY,
        false,
        false,
        minMod,
        maxMod,
        minCreate,
        maxCreate);
  }
}
