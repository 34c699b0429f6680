package io.croft.security.ldap;

import com.unboundid.ldap.sdk.Filter;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How to reach a directory, and what is where in it; checked.
///
/// @param name tells it from others
/// @param servers `ldaps://HOST[:PORT]`, or `ldap://HOST[:PORT]` for StartTLS; the first that works
///   is asked
/// @param authorities that its servers are verified by; empty for those of the system
/// @param timeout of connecting, and of each answer
/// @param usernamePrefix of users' names here; may be empty
/// @param groupsPrefix of groups' names here; may be empty
record LdapSettings(
    String name,
    List<URI> servers,
    List<X509Certificate> authorities,
    Optional<Account> account,
    Duration timeout,
    Users users,
    Optional<Groups> groups,
    String usernamePrefix,
    String groupsPrefix) {
  LdapSettings {
    servers = List.copyOf(servers);
    authorities = List.copyOf(authorities);
  }

  /// As whom the directory is searched. Without one, that is done anonymously.
  ///
  /// @param passwordFile read whenever a connection is made
  record Account(String dn, Path passwordFile) {}

  /// @param filter which entries are users
  /// @param login attribute with the name that people type, which is also their name here
  /// @param id attribute that stays the same when a user is renamed
  record Users(
      String base, Filter filter, String login, String id, String displayName, String email) {}

  /// @param filter which entries are groups
  /// @param nameAttribute names the group
  /// @param member names those who are in it
  /// @param memberIs what `member` holds
  record Groups(
      String base,
      Filter filter,
      String nameAttribute,
      String member,
      MemberIs memberIs,
      Nesting nesting) {}

  enum MemberIs {
    DN,
    LOGIN
  }

  /// Whether groups in groups count, and who follows them.
  enum Nesting {
    NONE,
    /// We, step by step.
    WALK,
    /// Active Directory, by its matching rule `LDAP_MATCHING_RULE_IN_CHAIN`.
    CHAIN
  }
}
