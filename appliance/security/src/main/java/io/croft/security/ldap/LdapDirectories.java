package io.croft.security.ldap;

import io.croft.base.Component;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The directories that a `DirectoryConfiguration` names. What was found is remembered for a
/// minute, since every request of a user asks. Thread-safe.
public final class LdapDirectories implements Component, UserDirectories {
  private static final Logger LOG = LoggerFactory.getLogger(LdapDirectories.class);
  private static final int MAX_BYTES = 1 << 20;

  /// How late a user is out who was disabled or removed there.
  static final Duration FRESH = Duration.ofMinutes(1);

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

  private final Map<Key, Remembered> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Remembered> eldest) {
          return size() > REMEMBERED;
        }
      };

  private record Key(String directory, String login) {}

  /// @param asked when the directory last answered
  /// @param next when it is to be asked again
  private record Remembered(Optional<Member> member, Instant asked, Instant next) {}

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
      return new Attempt.Refused("too many attempts at a time", false);
    }
    try {
      var reasons = new ArrayList<String>();
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
          reasons.add(String.valueOf(e.getMessage()));
          LOG.atWarn().addKeyValue("reason", e.getMessage()).log("A directory cannot be asked");
        }
      }
      return new Attempt.Refused(
          reasons.isEmpty() ? "no such user, or disabled" : String.join("; ", reasons), false);
    } finally {
      places.release();
    }
  }

  @Override
  public Optional<Member> find(String directory, String login) {
    Optional<LdapDirectory> found =
        directories.stream().filter(d -> d.name().equals(directory)).findFirst();
    if (found.isEmpty()) {
      return Optional.empty(); // it is not configured any more
    }
    var key = new Key(directory, login);
    Instant now = clock.instant();
    Remembered known;
    synchronized (remembered) {
      known = remembered.get(key);
      if (known != null && now.isBefore(known.next())) {
        return known.member();
      }
      if (known != null) { // one asks, the others go on with what is known
        remembered.put(key, new Remembered(known.member(), known.asked(), now.plus(PAUSE)));
      }
    }
    try {
      return remember(key, found.get().find(login));
    } catch (UnavailableException e) {
      LOG.atWarn().addKeyValue("reason", e.getMessage()).log("A directory cannot be asked");
      boolean counts = known != null && now.isBefore(known.asked().plus(STALE));
      Optional<Member> member = counts ? known.member() : Optional.empty();
      synchronized (remembered) {
        remembered.put(
            key,
            new Remembered(
                member, known == null ? Instant.EPOCH : known.asked(), now.plus(PAUSE)));
      }
      return member;
    }
  }

  private Optional<Member> remember(Key key, Optional<Member> member) {
    Instant now = clock.instant();
    synchronized (remembered) {
      remembered.put(key, new Remembered(member, now, now.plus(FRESH)));
    }
    return member;
  }
}
