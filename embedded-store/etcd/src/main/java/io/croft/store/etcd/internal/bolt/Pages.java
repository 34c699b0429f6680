package io.croft.store.etcd.internal.bolt;

import io.croft.store.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.List;

/// The pages of a file, written one behind the other.
final class Pages {
  static final int SIZE = 4096;

  static final int HEADER = 16;
  static final int ELEMENT = 16;
  private static final int BUCKET_FLAG = 0x01;
  private static final int FREELIST_FLAG = 0x10;
  private static final int META_FLAG = 0x04;
  private static final int META_PAGES = 2;
  private static final int META_MAGIC = 0xED0CDAED;
  private static final int META_VERSION = 2;
  private static final int META_SUMMED = 56;
  private static final int BUFFER = 64 * SIZE;

  private final FileChannel file;
  private ByteBuffer buffer = little(BUFFER);
  private long next = META_PAGES;

  /// Where the buffer's first byte goes.
  private long position = (long) META_PAGES * SIZE;

  Pages(FileChannel file) {
    this.file = file;
  }

  /// What a page may be.
  enum Kind {
    BRANCH(0x01),
    LEAF(0x02);

    private final int flag;

    Kind(int flag) {
      this.flag = flag;
    }
  }

  /// @param flags of a leaf's element
  /// @param page of a branch's element
  record Element(Bytes key, Bytes value, int flags, long page) {
    static Element leaf(Bytes key, Bytes value) {
      return new Element(key, value, 0, 0);
    }

    /// @param root the page where the bucket's tree begins
    static Element bucket(Bytes name, long root) {
      byte[] value = new byte[2 * Long.BYTES];
      ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).putLong(root);
      return new Element(name, Bytes.wrap(value), BUCKET_FLAG, 0);
    }

    static Element branch(Bytes key, long page) {
      return new Element(key, Bytes.EMPTY, 0, page);
    }

    /// What it takes of a page.
    int bytes() {
      return ELEMENT + key.length() + value.length();
    }
  }

  /// Appends a page, or several that follow one another when the elements need them.
  ///
  /// @param elements in the order of their keys, at most 65 534
  /// @return the page's number
  long append(Kind kind, List<Element> elements) throws IOException {
    int bytes = HEADER + elements.stream().mapToInt(Element::bytes).sum();
    ByteBuffer page = page(kind.flag, elements.size(), bytes);
    int start = page.position() - HEADER;
    int data = start + HEADER + elements.size() * ELEMENT;
    for (Element element : elements) {
      int offset = data - page.position();
      switch (kind) {
        case LEAF ->
            page.putInt(element.flags)
                .putInt(offset)
                .putInt(element.key.length())
                .putInt(element.value.length());
        case BRANCH -> page.putInt(offset).putInt(element.key.length()).putLong(element.page);
      }
      page.put(data, element.key.array());
      page.put(data + element.key.length(), element.value.array());
      data += element.key.length() + element.value.length();
    }
    return finish(start, bytes);
  }

  /// Ends the file with an empty list of free pages and the root of the tree of buckets.
  void end(long root) throws IOException {
    int bytes = HEADER;
    ByteBuffer page = page(FREELIST_FLAG, 0, bytes);
    long freelist = finish(page.position() - HEADER, bytes);
    flush();
    ByteBuffer metas = little(META_PAGES * SIZE);
    for (int transaction = 0; transaction < META_PAGES; transaction++) {
      meta(metas, transaction, root, freelist);
    }
    metas.clear();
    write(metas, 0);
  }

  private void meta(ByteBuffer metas, int transaction, long root, long freelist) {
    metas.position(transaction * SIZE);
    header(metas, transaction, META_FLAG, 0, 0);
    int start = metas.position();
    metas.putInt(META_MAGIC).putInt(META_VERSION).putInt(SIZE).putInt(0);
    metas.putLong(root).putLong(0);
    metas.putLong(freelist).putLong(next).putLong(transaction);
    metas.putLong(fnv1a(metas.slice(start, META_SUMMED)));
  }

  private static long fnv1a(ByteBuffer bytes) {
    long hash = 0xcbf29ce484222325L;
    while (bytes.hasRemaining()) {
      hash = (hash ^ (bytes.get() & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  /// Begins a page, with its header, in a buffer that has room for all of it and has zeros there.
  private ByteBuffer page(int flags, int count, int bytes) throws IOException {
    int whole = pages(bytes) * SIZE;
    if (buffer.remaining() < whole) {
      flush();
      buffer = little(Math.max(whole, BUFFER));
    }
    header(buffer, next, flags, count, pages(bytes) - 1);
    return buffer;
  }

  private static void header(ByteBuffer to, long id, int flags, int count, int overflow) {
    to.putLong(id).putShort((short) flags).putShort((short) count).putInt(overflow);
  }

  private long finish(int start, int bytes) {
    buffer.position(start + pages(bytes) * SIZE);
    long id = next;
    next += pages(bytes);
    return id;
  }

  private static int pages(int bytes) {
    return Math.ceilDiv(bytes, SIZE);
  }

  private void flush() throws IOException {
    int length = buffer.position();
    write(buffer.flip(), position);
    position += length;
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    for (long to = at; bytes.hasRemaining(); ) {
      to += file.write(bytes, to);
    }
  }

  private static ByteBuffer little(int capacity) {
    return ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }
}
