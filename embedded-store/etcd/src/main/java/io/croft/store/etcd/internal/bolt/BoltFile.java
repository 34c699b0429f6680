package io.croft.store.etcd.internal.bolt;

import io.croft.store.Bytes;
import io.croft.store.etcd.internal.bolt.Pages.Element;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.TreeMap;

/// A file that is written bucket by bucket, and complete after [#end].
public final class BoltFile {
  private final Pages pages;

  /// The root pages of the buckets that are complete. Their names are ASCII, so that the order of
  /// strings is that of bytes.
  private final Map<String, Long> roots = new TreeMap<>();

  /// @param file empty; stays open
  public BoltFile(FileChannel file) {
    this.pages = new Pages(file);
  }

  /// Takes the entries of a bucket.
  public interface Entries {
    /// @param key greater, as unsigned bytes, than those before, and not empty
    void add(Bytes key, Bytes value) throws IOException;
  }

  /// Gives the entries of a bucket.
  @FunctionalInterface
  public interface Content {
    void to(Entries entries) throws IOException;
  }

  /// Writes a bucket.
  ///
  /// @param name ASCII, not used before
  public void bucket(String name, Content content) throws IOException {
    Tree tree = new Tree(pages);
    content.to((key, value) -> tree.add(Element.leaf(key, value)));
    roots.put(name, tree.finish());
  }

  /// Ends the file.
  public void end() throws IOException {
    Tree tree = new Tree(pages);
    for (Map.Entry<String, Long> bucket : roots.entrySet()) {
      tree.add(Element.bucket(Bytes.utf8(bucket.getKey()), bucket.getValue()));
    }
    pages.end(tree.finish());
  }
}
