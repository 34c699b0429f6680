package io.croft.security.ldap;

import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnectionPool;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import io.croft.model.Shortened;
import io.croft.security.identity.LoginUser;
import io.croft.security.identity.OpaqueSecret;
import io.croft.security.identity.UserDirectories.Member;
import io.croft.security.ldap.LdapSettings.Users;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One directory, asked anew each time. Thread-safe.
final class LdapDirectory implements AutoCloseable {
  private static final int MAX_TEXT = 256;

  /// What a name here may be made of: it goes into headers, labels of logs and role bindings.
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._@+' -]{0,127}");

  private static final Pattern GROUP = Pattern.compile("[^\\p{Cc}\\p{Cs}]{1,256}");

  private final LdapSettings settings;
  private final InstantSource clock;
  private @Nullable LDAPConnectionPool pool;
  private boolean closed;

  LdapDirectory(LdapSettings settings, InstantSource clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /// What a password led to.
  sealed interface Result {
    record Found(Member member) implements Result {}

    record NoSuchUser() implements Result {}

    record WrongPassword(String reason) implements Result {}
  }

  /// The directory cannot be asked, or its answers make no sense.
  static final class UnavailableException extends Exception {
    UnavailableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  String name() {
    return settings.name();
  }

  /// Searches for a user, and binds as it.
  Result logIn(String login, String password) throws UnavailableException {
    return ask(connections -> {
      Optional<SearchResultEntry> entry = entry(connections, login);
      if (entry.isEmpty()) {
        return new Result.NoSuchUser();
      }
      if (password.isEmpty()) { // many servers take that for an anonymous bind, and accept it
        return new Result.WrongPassword("empty password");
      }
      byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
      try {
        connections.bindAndRevertAuthentication(new SimpleBindRequest(entry.get().getDN(), bytes));
      } catch (LDAPException e) {
        if (!e.getResultCode().equals(ResultCode.INVALID_CREDENTIALS) && isAboutConnection(e)) {
          throw e;
        }
        return new Result.WrongPassword("the directory says: " + e.getResultCode().getName());
      }
      return new Result.Found(member(connections, entry.get(), login));
    });
  }

  /// A user as it is now; empty when there is none, or it may not log in.
  Optional<Member> find(String login) throws UnavailableException {
    return ask(connections -> {
      Optional<SearchResultEntry> entry = entry(connections, login);
      return entry.isEmpty()
          ? Optional.empty()
          : Optional.of(member(connections, entry.get(), login));
    });
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(LDAPConnectionPool connections) throws LDAPException;
  }

  private <T> T ask(Question<T> question) throws UnavailableException {
    LDAPConnectionPool connections = null;
    try {
      connections = connections();
      return question.ask(connections);
    } catch (LDAPException e) {
      if (connections != null && isAboutConnection(e)) {
        forget(connections);
      }
      throw unavailable(e);
    } catch (GeneralSecurityException | IOException e) {
      throw unavailable(e);
    }
  }

  /// The message may be long: it has every server's.
  private UnavailableException unavailable(Exception e) {
    return new UnavailableException(
        "directory " + name() + ": " + Shortened.text(String.valueOf(e.getMessage()), MAX_TEXT), e);
  }

  private synchronized LDAPConnectionPool connections()
      throws LDAPException, GeneralSecurityException, IOException {
    if (closed) {
      throw new IOException("it is not configured any more");
    }
    if (pool == null) {
      pool = LdapConnections.pool(settings);
    }
    return pool;
  }

  /// The next one reads the password anew.
  private synchronized void forget(LDAPConnectionPool failed) {
    if (pool == failed) {
      pool = null;
    }
    failed.close();
  }

  /// Whether something is wrong with the connection or our account rather than with the question.
  private static boolean isAboutConnection(LDAPException e) {
    ResultCode code = e.getResultCode();
    return !code.isConnectionUsable()
        || code.equals(ResultCode.INVALID_CREDENTIALS) // our account's
        || code.equals(ResultCode.INSUFFICIENT_ACCESS_RIGHTS)
        || code.equals(ResultCode.CONNECT_ERROR)
        || code.equals(ResultCode.TIMEOUT);
  }

  private Optional<SearchResultEntry> entry(LDAPConnectionPool connections, String login)
      throws LDAPException {
    if (!NAME.matcher(login).matches()) {
      return Optional.empty();
    }
    Users users = settings.users();
    var attributes = new ArrayList<>(AccountState.ATTRIBUTES);
    attributes.addAll(List.of(users.login(), users.id(), users.displayName(), users.email()));
    var request =
        new SearchRequest(
            users.base(),
            SearchScope.SUB,
            Filter.createANDFilter(
                users.filter(), Filter.createEqualityFilter(users.login(), login)),
            attributes.toArray(String[]::new));
    request.setSizeLimit(2);
    request.setTimeLimitSeconds(Math.toIntExact(settings.timeout().toSeconds()));
    List<SearchResultEntry> found;
    try {
      found = Objects.requireNonNullElse(connections.search(request).getSearchEntries(), List.of());
    } catch (LDAPSearchException e) {
      if (e.getResultCode().equals(ResultCode.SIZE_LIMIT_EXCEEDED)) {
        return Optional.empty(); // whoever of them is meant
      }
      throw e;
    }
    return found.size() == 1
            && !AccountState.isDisabled(found.getFirst(), clock.instant())
            && spelling(found.getFirst(), login).isPresent()
        ? Optional.of(found.getFirst())
        : Optional.empty();
  }

  /// A login as the directory spells it. It may not care about upper and lower case, or accents;
  /// role bindings do.
  private Optional<String> spelling(SearchResultEntry entry, String login) {
    String[] values = entry.getAttributeValues(settings.users().login());
    return values == null
        ? Optional.empty()
        : Arrays.stream(values).filter(login::equalsIgnoreCase).findFirst();
  }

  private Member member(LDAPConnectionPool connections, SearchResultEntry entry, String login)
      throws LDAPException {
    Users users = settings.users();
    String id = id(entry.getAttribute(users.id()));
    if (id.isEmpty()) {
      throw new LDAPException(
          ResultCode.NO_SUCH_ATTRIBUTE, "a user without the attribute " + users.id());
    }
    String own = spelling(entry, login).orElse(login);
    String name = settings.usernamePrefix() + own;
    if (name.startsWith("system:") || !NAME.matcher(own).matches()) {
      throw new LDAPException(ResultCode.CONSTRAINT_VIOLATION, "a user with a reserved name");
    }
    var user =
        new LoginUser(
            settings.name(),
            name,
            settings.name() + ":" + id,
            text(entry, users.displayName()),
            text(entry, users.email()),
            groups(connections, entry.getDN(), own));
    String proof = OpaqueSecret.hash(id + "\n" + AccountState.passwordChange(entry));
    return new Member(user, own, proof);
  }

  private List<String> groups(LDAPConnectionPool connections, String dn, String login)
      throws LDAPException {
    if (settings.groups().isEmpty()) {
      return List.of();
    }
    int seconds = Math.toIntExact(settings.timeout().toSeconds());
    return new LdapGroups(settings.groups().get(), seconds)
        .of(connections, dn, login).stream()
            .map(group -> settings.groupsPrefix() + group)
            .filter(group -> !group.startsWith("system:") && GROUP.matcher(group).matches())
            .toList();
  }

  /// Text as it is; what is none, such as Active Directory's `objectGUID`, in hexadecimal.
  private static String id(@Nullable Attribute attribute) {
    if (attribute == null || !attribute.hasValue()) {
      return "";
    }
    byte[] bytes = Objects.requireNonNullElse(attribute.getValueByteArray(), new byte[0]);
    boolean text = bytes.length <= MAX_TEXT;
    for (byte b : bytes) {
      text &= b > ' ' && b < 127;
    }
    boolean guid = attribute.getBaseName().equalsIgnoreCase("objectGUID");
    return text && !guid
        ? new String(bytes, StandardCharsets.US_ASCII)
        : HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, MAX_TEXT));
  }

  private static String text(SearchResultEntry entry, String attribute) {
    String value = entry.getAttributeValue(attribute);
    return value == null ? "" : Shortened.text(value, MAX_TEXT);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (pool != null) {
      pool.close();
      pool = null;
    }
  }
}
