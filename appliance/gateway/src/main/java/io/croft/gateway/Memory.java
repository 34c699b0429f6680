package io.croft.gateway;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.util.internal.PlatformDependent;

/// Buffer memory, sized for a process of less than 250 MB: one arena per event loop and chunks of 1
/// MiB instead of Netty's 4 MiB. Only event loops allocate from it.
public final class Memory {
  private static final int PAGE_BYTES = 8 << 10;
  private static final int CHUNK_ORDER = 7;
  private static final int SMALL_CACHE_ENTRIES = 64;
  private static final int NORMAL_CACHE_ENTRIES = 16;

  /// At most half of what the process may have.
  private static final long AMPLE_BYTES =
      Math.min(32 << 20, PlatformDependent.maxDirectMemory() / 2);

  private final PooledByteBufAllocator allocator;

  Memory(int arenas) {
    allocator =
        new PooledByteBufAllocator(
            true,
            0,
            arenas,
            PAGE_BYTES,
            CHUNK_ORDER,
            SMALL_CACHE_ENTRIES,
            NORMAL_CACHE_ENTRIES,
            false);
  }

  public ByteBufAllocator allocator() {
    return allocator;
  }

  /// Whether a channel's pool has room for more than what must be in it.
  public static boolean isAmple(Channel channel) {
    return channel.alloc() instanceof ByteBufAllocatorMetricProvider pool
        && pool.metric().usedDirectMemory() < AMPLE_BYTES;
  }

  /// How much the pools hold, in use or not.
  long heldBytes() {
    return allocator.metric().usedDirectMemory();
  }

  /// How many buffers have been allocated and not been released.
  long buffersInUse() {
    return allocator.metric().directArenas().stream()
        .mapToLong(PoolArenaMetric::numActiveAllocations)
        .sum();
  }
}
