package io.croft.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An immutable byte sequence: a key or a value. Ordered as unsigned bytes, as etcd orders keys.
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] bytes;

  private Bytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes the array as it is, without copying: the caller gives it up.
  public static Bytes wrap(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes);
  }

  public static Bytes copyOf(byte[] bytes) {
    return wrap(bytes.clone());
  }

  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /// The array itself, not a copy: readers must not change it.
  public byte[] array() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  public String asUtf8() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  public boolean startsWith(Bytes prefix) {
    return bytes.length >= prefix.bytes.length
        && Arrays.equals(bytes, 0, prefix.bytes.length, prefix.bytes, 0, prefix.bytes.length);
  }

  /// The end of the half-open range of all keys that start with this one: the last byte that is not
  /// 0xff plus one; the single byte 0 (etcd's "to the end") when there is none.
  public Bytes prefixEnd() {
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] != (byte) 0xff) {
        byte[] end = Arrays.copyOf(bytes, i + 1);
        end[i]++;
        return wrap(end);
      }
    }
    return wrap(new byte[1]);
  }

  /// The smallest key that is greater than this one.
  public Bytes successor() {
    return wrap(Arrays.copyOf(bytes, bytes.length + 1));
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// The bytes as UTF-8 text, for messages.
  @Override
  public String toString() {
    return asUtf8();
  }
}
