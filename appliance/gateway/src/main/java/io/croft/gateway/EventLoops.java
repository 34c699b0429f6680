package io.croft.gateway;

import io.croft.base.Component;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The threads that move bytes, of clients' connections and of those to services behind routes.
/// They never wait, so few do for both. To be started before both and stopped after them.
public final class EventLoops implements Component {
  static final int MAX = 2;
  private static final long SHUTDOWN_MILLIS = 2_000;

  private final Memory memory = new Memory(MAX);
  private volatile @Nullable EventLoopGroup group;

  @Override
  public String name() {
    return "event-loops";
  }

  @Override
  public void start() {
    int count = Math.min(MAX, Runtime.getRuntime().availableProcessors());
    group =
        new MultiThreadIoEventLoopGroup(
            count, new DefaultThreadFactory("gateway-io", true), NioIoHandler.newFactory());
  }

  @Override
  public boolean ready() {
    return group != null;
  }

  @Override
  public void stop() {
    EventLoopGroup running = group;
    if (running != null && !running.isShuttingDown()) {
      running
          .shutdownGracefully(0, SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS)
          .awaitUninterruptibly(2 * SHUTDOWN_MILLIS);
    }
  }

  /// Where their channels' buffers are.
  public Memory memory() {
    return memory;
  }

  /// What has been started; it ends with {@link #stop}.
  public EventLoopGroup group() {
    EventLoopGroup running = group;
    if (running == null) {
      throw new IllegalStateException("the event loops have not been started");
    }
    return running;
  }
}
