package io.croft.app.runtime;

import io.croft.app.config.Configuration;
import io.croft.base.AtomicFiles;
import io.croft.base.Component;
import io.croft.base.ComponentStatus;
import io.croft.base.DataDirectory;
import io.croft.base.DataDirectoryException;
import io.croft.base.Lifecycle;
import io.croft.base.LifecycleException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/// All components of this process, wired and in order.
public final class Appliance implements AutoCloseable {
  private final DataDirectory dataDirectory;
  private final Lifecycle lifecycle;

  private Appliance(DataDirectory dataDirectory, Lifecycle lifecycle) {
    this.dataDirectory = dataDirectory;
    this.lifecycle = lifecycle;
  }

  /// Takes the data directory and wires the components; nothing runs yet.
  ///
  /// @param listener told of every component's change of state; must not block
  public static Appliance open(Configuration configuration, Consumer<ComponentStatus> listener)
      throws DataDirectoryException, IOException {
    DataDirectory dataDirectory = DataDirectory.open(configuration.dataDir());
    try {
      ApplianceLog.writeTo(dataDirectory.logs());
      AtomicFiles.ensurePrivateDirectory(dataDirectory.run());
      Endpoint.forget(dataDirectory.root());
      List<Component> components = List.of();
      return new Appliance(
          dataDirectory,
          new Lifecycle(components, Lifecycle.Limits.DEFAULT, InstantSource.system(), listener));
    } catch (IOException | RuntimeException e) {
      dataDirectory.close();
      throw e;
    }
  }

  /// Starts everything; returns the place where it serves once all of it is ready.
  public Endpoint start() throws LifecycleException, IOException {
    lifecycle.start();
    var endpoint = new Endpoint("https://127.0.0.1:0");
    endpoint.publish(dataDirectory.root());
    return endpoint;
  }

  /// Stops everything and gives the data directory free. Legal in any state, on any thread, twice.
  @Override
  public void close() throws IOException {
    lifecycle.stop();
    Endpoint.forget(dataDirectory.root());
    dataDirectory.close();
  }
}
