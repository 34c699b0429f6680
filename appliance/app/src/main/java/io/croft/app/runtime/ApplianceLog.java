package io.croft.app.runtime;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import io.croft.base.AtomicFiles;
import io.croft.gateway.Gateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where log lines go: warnings to standard error, and, once an appliance runs, everything from
/// `info` up to a file. Found by logback as a service, which spares it looking for XML files.
public final class ApplianceLog extends ContextAwareBase implements Configurator {
  private static final String FILE_PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %logger{24} - %msg %kvp%n%ex";
  private static final String REQUEST_PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %msg %kvp%n";
  private static final String CONSOLE_PATTERN = "croft: %msg %kvp%n%nopex";
  private static final FileSize FILE_SIZE = FileSize.valueOf("10MB");
  private static final int OLD_FILES = 4;

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setTarget("System.err");
    var warnings = new ThresholdFilter();
    warnings.setLevel("WARN");
    warnings.start();
    console.addFilter(warnings);
    start(console, "console", CONSOLE_PATTERN, context.getLogger(Logger.ROOT_LOGGER_NAME));
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /// Writes the log of this process to `DIRECTORY/croft.log`, at most 50 MB with its predecessors.
  static void writeTo(Path directory) throws IOException {
    start(
        rolling(directory, "croft"),
        "file",
        FILE_PATTERN,
        context().getLogger(Logger.ROOT_LOGGER_NAME));
  }

  /// Has the requests in `DIRECTORY/access.log`, bounded likewise, or nowhere.
  static void writeRequestsTo(Path directory, boolean wanted) throws IOException {
    var requests = context().getLogger(Gateway.ACCESS_LOG);
    requests.setAdditive(false);
    requests.setLevel(wanted ? Level.INFO : Level.OFF);
    if (wanted) {
      start(rolling(directory, "access"), "requests", REQUEST_PATTERN, requests);
    }
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private static RollingFileAppender<ILoggingEvent> rolling(Path directory, String name)
      throws IOException {
    AtomicFiles.ensurePrivateDirectory(directory);
    var file = directory.resolve(name + ".log");
    if (Files.notExists(file)) {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET));
    }
    LoggerContext context = context();
    var appender = new RollingFileAppender<ILoggingEvent>();
    appender.setFile(file.toString());

    var trigger = new SizeBasedTriggeringPolicy<ILoggingEvent>();
    trigger.setContext(context);
    trigger.setMaxFileSize(FILE_SIZE);
    trigger.start();
    appender.setTriggeringPolicy(trigger);

    var window = new FixedWindowRollingPolicy();
    window.setContext(context);
    window.setParent(appender);
    window.setFileNamePattern(directory.resolve(name + ".%i.log").toString());
    window.setMinIndex(1);
    window.setMaxIndex(OLD_FILES);
    window.start();
    appender.setRollingPolicy(window);
    return appender;
  }

  private static void start(
      OutputStreamAppender<ILoggingEvent> appender,
      String name,
      String pattern,
      ch.qos.logback.classic.Logger logger) {
    LoggerContext context = logger.getLoggerContext();
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    appender.setContext(context);
    appender.setName(name);
    appender.setEncoder(encoder);
    appender.start();
    logger.addAppender(appender);
  }
}
