package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.Event;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/// How keys and values of the maps are written. Numbers are varints, bytes follow their length.
final class MapType<T> extends BasicDataType<T> {
  /// About what an object and its array cost on the heap, in bytes.
  private static final int OBJECT = 56;

  static final MapType<Bytes> BYTES =
      new MapType<>(
          Bytes[]::new,
          Comparator.naturalOrder(),
          MapType::memory,
          MapType::putBytes,
          MapType::bytes);

  static final MapType<Row> ROW =
      new MapType<>(Row[]::new, unordered(), MapType::memory, MapType::putRow, MapType::row);

  static final MapType<Past.Id> PAST_ID =
      new MapType<>(
          Past.Id[]::new,
          Comparator.naturalOrder(),
          id -> 24 + memory(id.key()),
          (to, id) -> putBytes(to, id.key()).putVarLong(id.mod()),
          from -> new Past.Id(bytes(from), number(from)));

  static final MapType<Past> PAST =
      new MapType<>(
          Past[]::new,
          unordered(),
          past -> 24 + memory(past.row()),
          (to, past) -> putRow(to, past.row()).putVarLong(past.end()),
          from -> new Past(row(from), number(from)));

  static final MapType<LogEntry.Id> LOG_ID =
      new MapType<>(
          LogEntry.Id[]::new,
          Comparator.naturalOrder(),
          id -> 24,
          (to, id) -> to.putVarLong(id.revision()).putVarInt(id.index()),
          from -> new LogEntry.Id(number(from), DataUtils.readVarInt(from)));

  static final MapType<LogEntry> LOG_ENTRY =
      new MapType<>(
          LogEntry[]::new,
          unordered(),
          entry -> 32 + memory(entry.key()),
          (to, entry) ->
              putBytes(to.put((byte) (entry.kind() == Event.Kind.PUT ? 0 : 1)), entry.key())
                  .putVarLong(entry.previous()),
          from ->
              new LogEntry(
                  from.get() == 0 ? Event.Kind.PUT : Event.Kind.DELETE, bytes(from), number(from)));

  static final MapType<Attachment> ATTACHMENT =
      new MapType<>(
          Attachment[]::new,
          Comparator.naturalOrder(),
          attachment -> 24 + memory(attachment.key()),
          (to, attachment) -> putBytes(to.putVarLong(attachment.lease()), attachment.key()),
          from -> new Attachment(number(from), bytes(from)));

  static final MapType<Long> NUMBER =
      new MapType<>(
          Long[]::new,
          Comparator.naturalOrder(),
          n -> 24,
          WriteBuffer::putVarLong,
          MapType::number);

  private final IntFunction<T[]> array;
  private final Comparator<T> order;
  private final ToIntFunction<T> memory;
  private final BiConsumer<WriteBuffer, T> writer;
  private final Function<ByteBuffer, T> reader;

  private MapType(
      IntFunction<T[]> array,
      Comparator<T> order,
      ToIntFunction<T> memory,
      BiConsumer<WriteBuffer, T> writer,
      Function<ByteBuffer, T> reader) {
    this.array = array;
    this.order = order;
    this.memory = memory;
    this.writer = writer;
    this.reader = reader;
  }

  private static <T> Comparator<T> unordered() {
    return (_, _) -> {
      throw new UnsupportedOperationException("values have no order");
    };
  }

  private static int memory(Bytes bytes) {
    return OBJECT + bytes.length();
  }

  private static int memory(Row row) {
    return OBJECT + memory(row.value());
  }

  private static WriteBuffer putBytes(WriteBuffer to, Bytes bytes) {
    return to.putVarInt(bytes.length()).put(bytes.array());
  }

  private static Bytes bytes(ByteBuffer from) {
    byte[] bytes = new byte[DataUtils.readVarInt(from)];
    from.get(bytes);
    return Bytes.wrap(bytes);
  }

  private static WriteBuffer putRow(WriteBuffer to, Row row) {
    to.putVarLong(row.create()).putVarLong(row.mod()).putVarLong(row.version());
    return putBytes(to.putVarLong(row.lease()), row.value());
  }

  private static Row row(ByteBuffer from) {
    return new Row(number(from), number(from), number(from), number(from), bytes(from));
  }

  private static long number(ByteBuffer from) {
    return DataUtils.readVarLong(from);
  }

  @Override
  public int compare(T a, T b) {
    return order.compare(a, b);
  }

  @Override
  public int getMemory(T object) {
    return memory.applyAsInt(object);
  }

  /// Sizes vary so widely that they are measured, not estimated.
  @Override
  public boolean isMemoryEstimationAllowed() {
    return false;
  }

  @Override
  public void write(WriteBuffer to, T object) {
    writer.accept(to, object);
  }

  @Override
  public T read(ByteBuffer from) {
    return reader.apply(from);
  }

  @Override
  public T[] createStorage(int size) {
    return array.apply(size);
  }
}
