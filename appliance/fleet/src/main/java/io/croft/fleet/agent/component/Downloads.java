package io.croft.fleet.agent.component;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.AtomicFiles;
import io.croft.base.Download;
import io.croft.base.Sha256;
import io.croft.base.WrongDigestException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a component gets from URLs, in `downloads/SHA256` beside the stages until it is ready. What
/// has arrived counts for the next attempt, whoever makes it and for whichever version.
final class Downloads {
  private static final Logger LOG = LoggerFactory.getLogger(Downloads.class);
  private static final long MAX_BYTES = 2L << 30;
  private static final int MEGABYTE = 1_000_000;
  private static final Duration TELLING = Duration.ofSeconds(10);
  private static final int DIGEST_LENGTH = 64;

  private final Path component;
  private final Path directory;
  private final Consumer<String> progress;

  /// @param component its directory, with the stages of other versions
  /// @param progress is told what is being done, at most every ten seconds of each download; may
  ///   end that by an exception
  Downloads(Path component, Consumer<String> progress) {
    this.component = component;
    this.directory = component.resolve("downloads");
    this.progress = progress;
  }

  /// Deletes what is not among these.
  void keepOnly(Collection<String> digests) throws IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
    List<Path> found;
    try (Stream<Path> files = Files.list(directory)) {
      found = files.toList();
    }
    for (Path file : found) {
      String name = file.getFileName().toString();
      if (!digests.contains(name.substring(0, Math.min(DIGEST_LENGTH, name.length())))) {
        Files.delete(file);
      }
    }
  }

  /// @param path which field it is
  /// @param name of the file or script
  /// @return the file, which has the digest
  Path fetch(JsonNode source, String path, String name)
      throws IOException, StageException, InterruptedException {
    String sha256 = source.path("sha256").asText();
    Path target = directory.resolve(sha256);
    if (Files.notExists(target)) {
      copyFromAnotherStage(sha256);
    }
    String host = "";
    try {
      var location = URI.create(source.path("url").asText());
      host = location.getAuthority();
      new Download(location, sha256, MAX_BYTES, Download.SILENCE)
          .into(target, new Telling("fetching %s from %s".formatted(name, host)));
      return target;
    } catch (WrongDigestException e) {
      throw new StageException(Stages.wrong(path, e.found(), sha256));
    } catch (IOException e) {
      throw new StageException(
          "%s cannot be fetched from %s: %s".formatted(path, host, e.getMessage()));
    } catch (IllegalArgumentException e) { // as a port above 65535, which the schema lets through
      throw new StageException(path + ": " + e.getMessage());
    }
  }

  private void copyFromAnotherStage(String sha256) throws IOException {
    List<Path> stages;
    try (Stream<Path> found = Files.list(component)) {
      stages = found.filter(stage -> Files.exists(stage.resolve(Stage.SETTINGS))).toList();
    }
    for (Path stage : stages) {
      try {
        if (copy(stage, sha256)) {
          return;
        }
      } catch (IOException e) { // scripts may write there
        LOG.atWarn().addKeyValue("stage", stage).setCause(e).log("a stage is damaged");
      }
    }
  }

  private boolean copy(Path stage, String sha256) throws IOException {
    Path file =
        stage.resolve(Stage.open(stage).settings().path(Stage.FETCHED).path(sha256).asText(""));
    if (!Files.isRegularFile(file) || !Sha256.hex(file).equals(sha256)) {
      return false;
    }
    Files.copy(file, directory.resolve(sha256 + ".part"), REPLACE_EXISTING);
    return true;
  }

  private final class Telling implements Download.Listener {
    private final String what;
    private long toldAt;

    Telling(String what) {
      this.what = what;
    }

    @Override
    public void begins(long have) {
      tell(what);
    }

    @Override
    public void has(long bytes, OptionalLong size) {
      if (System.nanoTime() - toldAt >= TELLING.toNanos()) {
        String all = size.isPresent() ? " of " + size.getAsLong() / MEGABYTE : "";
        tell("%s: %d%s MB".formatted(what, bytes / MEGABYTE, all));
      }
    }

    private void tell(String text) {
      progress.accept(text);
      toldAt = System.nanoTime();
    }

    @Override
    public void failed(IOException why) {
      LOG.atInfo().addKeyValue("cause", why.getMessage()).log("a download goes on");
    }
  }
}
