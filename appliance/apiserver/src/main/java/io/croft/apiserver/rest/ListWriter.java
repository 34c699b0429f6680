package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Item;
import io.croft.apiserver.registry.Listing;
import io.croft.apiserver.registry.PageBudget;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.HttpResponse.BodyWriter;
import io.croft.model.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// Writes a list while it is read, so that it takes the memory of a piece of it, however long it
/// is. The list's metadata comes last: only then is it known where the list would go on.
final class ListWriter implements BodyWriter {
  /// How long an answer may take altogether, as long as any request to kube-apiserver may.
  static final Duration MOST_TIME = Duration.ofSeconds(60);

  private final Rendering rendering;
  private final Listing listing;
  private final List<Item> first;
  private final PageBudget budget;
  private final Duration most;

  /// @param first what was read of the list already
  /// @param most how long it may take
  ListWriter(
      Rendering rendering, Listing listing, List<Item> first, PageBudget budget, Duration most) {
    this.rendering = rendering;
    this.listing = listing;
    this.first = first;
    this.budget = budget;
    this.most = most;
  }

  @Override
  public void writeTo(BodySink sink) throws IOException {
    long end = System.nanoTime() + most.toNanos();
    try (PageBudget.Share share = budget.share()) {
      share.resize(listing.bytes());
      sink.write(rendering.listStart());
      boolean some = write(first, sink, false, end);
      while (!listing.done()) {
        share.next();
        List<Item> items = listing.next();
        share.resize(listing.bytes());
        some = write(items, sink, some, end);
      }
    }
    sink.write(ascii("],\"metadata\":"));
    sink.write(Json.bytes(metadata(listing)));
    sink.write(ascii("}"));
  }

  private boolean write(List<Item> items, BodySink sink, boolean some, long end)
      throws IOException {
    boolean follows = some;
    for (Item item : items) {
      if (System.nanoTime() - end >= 0) {
        throw new IOException("the list took longer than " + most);
      }
      if (follows) {
        sink.write(ascii(","));
      }
      sink.write(rendering.listItem(item));
      follows = true;
    }
    return follows;
  }

  static ObjectNode metadata(Listing listing) {
    ObjectNode metadata = Json.object().put("resourceVersion", Long.toString(listing.revision()));
    String token = listing.continueToken();
    if (!token.isEmpty()) {
      metadata.put("continue", token);
      if (listing.remaining() >= 0) {
        metadata.put("remainingItemCount", listing.remaining());
      }
    }
    return metadata;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
