package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Item;
import io.croft.apiserver.registry.Listing;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.HttpResponse.BodyWriter;
import io.croft.model.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes a list while it is read, so that it takes the memory of a piece of it, however long it
/// is. The list's metadata comes last: only then is it known where the list would go on.
final class ListWriter implements BodyWriter {
  private final Rendering rendering;
  private final Listing listing;
  private final List<Item> first;

  /// @param first what was read of the list already
  ListWriter(Rendering rendering, Listing listing, List<Item> first) {
    this.rendering = rendering;
    this.listing = listing;
    this.first = first;
  }

  @Override
  public void writeTo(BodySink sink) throws IOException {
    sink.write(rendering.listStart());
    boolean some = write(first, sink, false);
    while (!listing.done()) {
      some = write(listing.next(), sink, some);
    }
    sink.write(ascii("],\"metadata\":"));
    sink.write(Json.bytes(metadata(listing)));
    sink.write(ascii("}"));
  }

  private boolean write(List<Item> items, BodySink sink, boolean some) throws IOException {
    boolean follows = some;
    for (Item item : items) {
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
