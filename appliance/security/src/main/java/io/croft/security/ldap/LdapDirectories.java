package io.croft.security.ldap;

import io.croft.base.Component;
import io.croft.base.LruMap;
import io.croft.security.config.WatchedFile;
import io.croft.security.identity.UserDirectories;
import io.croft.security.ldap.LdapConfiguration.InvalidConfigurationException;
import io.croft.security.ldap.LdapDirectory.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directories that a `DirectoryConfiguration` names. What was found is remembered, since every
/// request of a user asks. Thread-safe.
public final class LdapDirectories implements Component, UserDirectories {
  private static final Logger LOG = LoggerFactory.getLogger(LdapDirectories.class);
  private static final int MAX_BYTES = 1 << 20;

  /// How long what was found counts while a directory cannot be asked.
  static final Duration STALE = Duration.ofMinutes(15);

  /// How long a directory that did not answer is left alone.
  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final int REMEMBERED = 10_000;

  /// How many log in at a time: a directory that hangs must not hold more.
  private static final int AT_A_TIME = 8;

  private final WatchedFile file;
  private final InstantSource clock;
  private final Semaphore places = new Semaphore(AT_A_TIME);
  private volatile List<LdapDirectory> directories = List.of();

  private final Map<Key, Remembered> remembered = new LruMap<>(REMEMBERED);

  private record Key(String directory, String login) {}

  /// @param asked when the directory last answered
  /// @param pausedUntil before this it is not asked again
  private record Remembered(Optional<Member> member, Instant asked, Instant pausedUntil) {
    static final Remembered NOTHING =
        new Remembered(Optional.empty(), Instant.EPOCH, Instant.EPOCH);

    Remembered pausedUntil(Instant time) {
      return new Remembered(member, asked, time);
    }
  }

  public LdapDirectories(Path file, InstantSource clock) {
    this.file = new WatchedFile(file, MAX_BYTES, this::use);
    this.clock = clock;
  }

  @Override
  public String name() {
    return "user-directories";
  }

  @Override
  public void init() throws IOException {
    file.open();
  }

  @Override
  public void start() {
    file.watch();
  }

  @Override
  public void stop() {
    file.close();
    directories.forEach(LdapDirectory::close);
  }

  /// Reads the file if it has changed.
  void reload() {
    file.look();
  }

  private void use(byte[] yaml) throws InvalidConfigurationException {
    var after = new ArrayList<LdapDirectory>();
    for (LdapSettings settings : LdapConfiguration.read(yaml).directories()) {
      after.add(new LdapDirectory(settings, clock));
    }
    List<LdapDirectory> before = directories;
    directories = List.copyOf(after);
    synchronized (remembered) {
      remembered.clear();
    }
    before.forEach(LdapDirectory::close);
  }

  @Override
  public Attempt logIn(String login, String password) {
    if (!places.tryAcquire()) {
      return new Attempt.Unavailable("too many attempts at a time");
    }
    try {
      for (LdapDirectory directory : directories) {
        try {
          switch (directory.logIn(login, password)) {
            case LdapDirectory.Result.Found(Member member) -> {
              remember(new Key(directory.name(), member.login()), Optional.of(member));
              return new Attempt.Known(member);
            }
            // Whoever has the name first is meant: nobody tries a password at the next one.
            case LdapDirectory.Result.WrongPassword(String reason) -> {
              return new Attempt.Refused(reason, true);
            }
            case LdapDirectory.Result.NoSuchUser() -> {}
          }
        } catch (UnavailableException e) {
          // Whether it has the name cannot be told, so that the next is not to see the password.
          LOG.atWarn().addKeyValue("reason", e.getMessage()).log("A directory cannot be asked");
          return new Attempt.Unavailable(String.valueOf(e.getMessage()));
        }
      }
      return new Attempt.Refused("no such user, or disabled", false);
    } finally {
      places.release();
    }
  }

  @Override
  public Optional<Member> find(String directory, String login, Duration maxAge) {
    Optional<LdapDirectory> found =
        directories.stream().filter(d -> d.name().equals(directory)).findFirst();
    if (found.isEmpty()) {
      return Optional.empty(); // it is not configured any more
    }
    var key = new Key(directory, login);
    Instant now = clock.instant();
    Remembered known;
    synchronized (remembered) {
      known = remembered.getOrDefault(key, Remembered.NOTHING);
      boolean counts =
          now.isBefore(known.asked().plus(maxAge)) || now.isBefore(known.pausedUntil());
      if (counts) {
        return known.member();
      }
      if (known.asked().isAfter(Instant.EPOCH)) { // one asks, the others go on with what is known
        remembered.put(key, known.pausedUntil(now.plus(PAUSE)));
      }
    }
    try {
      return remember(key, found.get().find(login));
    } catch (UnavailableException e) {
      LOG.atWarn().addKeyValue("reason", e.getMessage()).log("A directory cannot be asked");
      boolean counts = now.isBefore(known.asked().plus(STALE));
      Optional<Member> member = counts ? known.member() : Optional.empty();
      synchronized (remembered) {
        remembered.put(key, new Remembered(member, known.asked(), now.plus(PAUSE)));
      }
      return member;
    }
  }

  private Optional<Member> remember(Key key, Optional<Member> member) {
    synchronized (remembered) {
      remembered.put(key, new Remembered(member, clock.instant(), Instant.EPOCH));
    }
    return member;
  }
}
