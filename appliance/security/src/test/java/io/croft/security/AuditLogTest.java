package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.DataSize;
import io.croft.model.FieldError;
import io.croft.model.Json;
import io.croft.model.Status;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  @TempDir Path directory;
  private Path file;
  private AuditLog log;

  @BeforeEach
  void create() {
    file = directory.resolve("logs/audit.log");
    log = new AuditLog(AuditLog.Config.at(file));
  }

  @AfterEach
  void stop() {
    log.stop();
  }

  @Test
  void writesOneLinePerEventInOrder() throws Exception {
    log.init();
    log.start();
    IntStream.range(0, 1000).forEach(i -> log.accept(event("id-" + i, "agent\nwith a break")));
    log.stop();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(1000);
    for (int i = 0; i < lines.size(); i++) {
      var json = Json.parseObject(lines.get(i).getBytes(StandardCharsets.UTF_8));
      assertThat(json.path("auditID").asText()).isEqualTo("id-" + i);
    }
    assertThat(log.dropped()).isZero();
  }

  @Test
  void isReadableByItsOwnerOnly() throws Exception {
    log.init();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("logs"))))
        .isEqualTo("rwx------");
  }

  @Test
  void appendsToWhatIsThere() throws Exception {
    log.init();
    log.start();
    log.accept(event("first", ""));
    log.stop();
    log = new AuditLog(AuditLog.Config.at(file));
    log.init();
    log.start();
    log.accept(event("second", ""));
    log.stop();
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void keepsABoundedNumberOfBoundedFiles() throws Exception {
    var small = new AuditLog.Config(file, new DataSize(2_000), 3, 10);
    log = new AuditLog(small);
    log.init();
    log.start();
    for (int i = 0; i < 200; i++) {
      log.accept(event("id-" + i, "x".repeat(100)));
    }
    log.stop();
    try (var files = Files.list(file.getParent())) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("audit.log", "audit.log.1", "audit.log.2");
    }
    for (String name : List.of("audit.log", "audit.log.1", "audit.log.2")) {
      assertThat(Files.size(file.resolveSibling(name))).isBetween(1L, 2_000L);
    }
    if (log.dropped() == 0) {
      assertThat(Files.readString(file) + Files.readString(directory.resolve("logs/audit.log.1")))
          .contains("\"id-199\"");
    }
  }

  @Test
  void cutsWhatWouldMakeALineTooLong() throws Exception {
    log.init();
    log.start();
    String huge = "\u0001".repeat(2_000);
    List<String> many = Collections.nCopies(30, huge);
    Map<String, List<String>> extra =
        IntStream.range(0, 30).boxed().collect(Collectors.toMap(i -> huge + i, i -> many));
    var user = new UserInfo(huge, huge, many, extra);
    var info = new RequestInfo(true, "get", huge, huge, huge, huge, huge, huge, huge);
    Status status = Status.failure(StatusReason.INVALID, huge, null);
    log.accept(
        new AuditEvent(
            "id",
            AuditEvent.Stage.PANIC,
            user,
            user,
            many,
            huge,
            huge,
            info,
            "get",
            status,
            Instant.EPOCH,
            Instant.EPOCH,
            Map.of(huge, huge)));
    log.stop();
    assertThat(Files.size(file)).isBetween(100L, 16L << 10);
    var json = Json.parseObject(Files.readAllBytes(file));
    assertThat(json.path("auditID").asText()).isEqualTo("id");
    assertThat(log.dropped()).isZero();
  }

  @Test
  void keepsTheFirstOfALongStatusMessage() {
    Status status =
        Statuses.invalid("", "ConfigMap", "x", List.of(FieldError.required("f", "x".repeat(1_000))))
            .status();
    AuditEvent event =
        new AuditEvent(
            "id",
            AuditEvent.Stage.RESPONSE_COMPLETE,
            null,
            null,
            List.of(),
            "",
            "/",
            null,
            "get",
            status,
            Instant.EPOCH,
            Instant.EPOCH,
            Map.of());
    assertThat(event.toJson().path("responseStatus").path("message").asText())
        .hasSize(1_025)
        .startsWith("ConfigMap \"x\" is invalid: f: Required value: xxx")
        .endsWith("…");
    assertThat(Objects.requireNonNull(event.status()).details()).isNull();
  }

  @Test
  void countsWhatFindsNoPlaceAndLetsTheRequestGoOn() throws Exception {
    log = new AuditLog(new AuditLog.Config(file, DataSize.ofMebibytes(1), 2, 2));
    log.init(); // not started: nobody empties the queue
    for (int i = 0; i < 5; i++) {
      log.accept(event("id-" + i, ""));
    }
    assertThat(log.dropped()).isEqualTo(3);
  }

  @Test
  void countsWhatComesAfterTheEnd() throws Exception {
    log.init();
    log.start();
    log.stop();
    log.stop();
    log.accept(event("late", ""));
    assertThat(log.dropped()).isEqualTo(1);
  }

  private static AuditEvent event(String id, String userAgent) {
    return new AuditEvent(
        id,
        AuditEvent.Stage.RESPONSE_COMPLETE,
        UserInfo.of("alice"),
        null,
        List.of("192.0.2.7"),
        userAgent,
        "/api/v1/pods",
        null,
        "get",
        null,
        Instant.EPOCH,
        Instant.EPOCH,
        Map.of());
  }
}
