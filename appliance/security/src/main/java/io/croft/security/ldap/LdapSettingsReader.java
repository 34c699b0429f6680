package io.croft.security.ldap;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Names;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.security.config.ConfigNode;
import io.croft.security.ldap.LdapSettings.Account;
import io.croft.security.ldap.LdapSettings.Groups;
import io.croft.security.ldap.LdapSettings.MemberIs;
import io.croft.security.ldap.LdapSettings.Nesting;
import io.croft.security.ldap.LdapSettings.Users;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads one entry of `directories`, and notes what is wrong with it.
final class LdapSettingsReader {
  static final Set<String> FIELDS =
      Set.of(
          "name",
          "servers",
          "certificateAuthority",
          "account",
          "timeoutSeconds",
          "schema",
          "users",
          "groups",
          "usernamePrefix",
          "groupsPrefix");

  private static final int MAX_SERVERS = 8;
  private static final int MAX_TIMEOUT_SECONDS = 30;
  private static final int DEFAULT_TIMEOUT_SECONDS = 5;
  private static final URI INVALID = URI.create("ldaps://invalid");
  private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,127}");

  /// What a kind of directory has where, unless it is said otherwise.
  private record Schema(
      String userFilter,
      String login,
      String id,
      String groupFilter,
      String member,
      MemberIs memberIs,
      Nesting nesting) {}

  private static final Map<String, Schema> SCHEMAS =
      Map.of(
          "RFC2307bis",
          new Schema(
              "(objectClass=inetOrgPerson)",
              "uid",
              "entryUUID",
              "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
              "member",
              MemberIs.DN,
              Nesting.WALK),
          "RFC2307",
          new Schema(
              "(objectClass=posixAccount)",
              "uid",
              "entryUUID",
              "(objectClass=posixGroup)",
              "memberUid",
              MemberIs.LOGIN,
              Nesting.NONE),
          "ActiveDirectory",
          new Schema(
              "(&(objectCategory=person)(objectClass=user))",
              "sAMAccountName",
              "objectGUID",
              "(objectCategory=group)",
              "member",
              MemberIs.DN,
              Nesting.CHAIN));

  private final ConfigNode entry;
  private final FieldErrors errors;

  LdapSettingsReader(ConfigNode entry, FieldErrors errors) {
    this.entry = entry;
    this.errors = errors;
  }

  /// @return what makes sense only when there are no errors
  LdapSettings read() {
    String name = entry.text("name");
    if (!Names.dns1123Label(name).isEmpty()) {
      errors.add(FieldError.invalid(entry.at("name"), name, "must be a DNS label"));
    }
    Schema schema = schema();
    return new LdapSettings(
        name,
        servers(),
        authorities(),
        account(),
        timeout(),
        users(schema),
        groups(schema),
        prefix("usernamePrefix", name),
        prefix("groupsPrefix", name));
  }

  private Schema schema() {
    String named = entry.has("schema") ? entry.text("schema") : "RFC2307bis";
    Schema schema = SCHEMAS.get(named);
    if (schema == null) {
      errors.add(
          FieldError.notSupported(
              entry.at("schema"), named, SCHEMAS.keySet().stream().sorted().toList()));
      return SCHEMAS.values().iterator().next();
    }
    return schema;
  }

  private String prefix(String field, String name) {
    String prefix = entry.textOrNull(field);
    if (prefix != null && prefix.startsWith("system:")) {
      errors.add(FieldError.invalid(entry.at(field), prefix, "must not begin with system:"));
    }
    return prefix == null ? name + ":" : prefix;
  }

  private List<URI> servers() {
    List<String> texts = entry.texts("servers");
    if (texts.isEmpty()) {
      errors.add(FieldError.required(entry.at("servers"), "at least one server"));
    }
    if (texts.size() > MAX_SERVERS) {
      errors.add(FieldError.tooMany(entry.at("servers"), texts.size(), MAX_SERVERS));
    }
    var servers = new ArrayList<URI>();
    for (String text : texts) {
      String at = entry.at("servers") + "[" + servers.size() + "]";
      try {
        URI uri = new URI(text);
        boolean good =
            ("ldaps".equals(uri.getScheme()) || "ldap".equals(uri.getScheme()))
                && uri.getHost() != null
                && uri.getRawUserInfo() == null
                && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
        if (!good) {
          throw new URISyntaxException(text, "no such form");
        }
        servers.add(uri);
      } catch (URISyntaxException e) {
        errors.add(
            FieldError.invalid(
                at, text, "must be ldaps://HOST[:PORT], or ldap://HOST[:PORT] for StartTLS"));
        servers.add(INVALID);
      }
    }
    for (int i = 1; i < servers.size() && !servers.contains(INVALID); i++) {
      if (!servers.get(i).getScheme().equals(servers.getFirst().getScheme())) {
        errors.add(
            FieldError.invalid(
                entry.at("servers") + "[" + i + "]",
                texts.get(i),
                "must be ldaps:// or ldap:// as the first server is: they stand in for each other"
                    + " only when all use TLS in the same way"));
        break;
      }
    }
    return servers;
  }

  private List<X509Certificate> authorities() {
    String pem = entry.text("certificateAuthority");
    if (pem.isEmpty()) {
      return List.of();
    }
    try {
      List<X509Certificate> authorities = Pem.certificates(pem);
      if (!authorities.isEmpty()) {
        return authorities;
      }
    } catch (PkiException e) {
      // said below
    }
    errors.add(
        FieldError.invalid(
            entry.at("certificateAuthority"), FieldError.OMITTED, "must be certificates in PEM"));
    return List.of();
  }

  private Optional<Account> account() {
    if (!entry.has("account")) {
      return Optional.empty();
    }
    ConfigNode account = entry.child("account", Set.of("dn", "passwordFile"));
    String file = account.text("passwordFile");
    if (file.isEmpty()) {
      errors.add(FieldError.required(account.at("passwordFile"), ""));
    }
    try {
      Path path = Path.of(file);
      if (!file.isEmpty() && !path.isAbsolute()) {
        errors.add(
            FieldError.invalid(account.at("passwordFile"), file, "must be an absolute path"));
      }
      return Optional.of(new Account(dn(account, "dn"), path));
    } catch (InvalidPathException e) {
      errors.add(FieldError.invalid(account.at("passwordFile"), file, "must be a path"));
      return Optional.empty();
    }
  }

  private Duration timeout() {
    long seconds = entry.number("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS);
    if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
      errors.add(
          FieldError.invalid(
              entry.at("timeoutSeconds"),
              seconds,
              "must be between 1 and " + MAX_TIMEOUT_SECONDS + ", inclusive"));
    }
    return Duration.ofSeconds(Math.clamp(seconds, 1, MAX_TIMEOUT_SECONDS));
  }

  private Users users(Schema schema) {
    ConfigNode users =
        entry.child("users", Set.of("base", "filter", "login", "id", "displayName", "email"));
    return new Users(
        dn(users, "base"),
        filter(users, schema.userFilter()),
        attribute(users, "login", schema.login()),
        attribute(users, "id", schema.id()),
        attribute(users, "displayName", "cn"),
        attribute(users, "email", "mail"));
  }

  private Optional<Groups> groups(Schema schema) {
    if (!entry.has("groups")) {
      return Optional.empty();
    }
    ConfigNode groups =
        entry.child("groups", Set.of("base", "filter", "name", "member", "memberIs", "nesting"));
    MemberIs memberIs = choice(groups, "memberIs", MemberIs.class, schema.memberIs());
    Nesting nesting = choice(groups, "nesting", Nesting.class, schema.nesting());
    if (memberIs == MemberIs.LOGIN && nesting != Nesting.NONE) {
      errors.add(
          FieldError.invalid(
              groups.at("nesting"), nesting.name(), "must be NONE where members are logins"));
    }
    return Optional.of(
        new Groups(
            dn(groups, "base"),
            filter(groups, schema.groupFilter()),
            attribute(groups, "name", "cn"),
            attribute(groups, "member", schema.member()),
            memberIs,
            nesting));
  }

  private <E extends Enum<E>> E choice(ConfigNode node, String field, Class<E> type, E usual) {
    if (!node.has(field)) {
      return usual;
    }
    String text = node.text(field);
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(text)) {
        return constant;
      }
    }
    List<String> names = List.of(type.getEnumConstants()).stream().map(Enum::name).toList();
    errors.add(FieldError.notSupported(node.at(field), text, names));
    return usual;
  }

  private String dn(ConfigNode node, String field) {
    String text = node.text(field);
    if (text.isEmpty()) {
      errors.add(FieldError.required(node.at(field), "a distinguished name"));
    } else if (!DN.isValidDN(text)) {
      errors.add(FieldError.invalid(node.at(field), text, "must be a distinguished name"));
    }
    return text;
  }

  private Filter filter(ConfigNode node, String usual) {
    String text = node.has("filter") ? node.text("filter") : usual;
    try {
      return Filter.create(text);
    } catch (LDAPException e) {
      errors.add(FieldError.invalid(node.at("filter"), text, "must be an LDAP filter"));
      return Filter.createANDFilter();
    }
  }

  private String attribute(ConfigNode node, String field, String usual) {
    String text = node.has(field) ? node.text(field) : usual;
    if (!ATTRIBUTE.matcher(text).matches()) {
      errors.add(FieldError.invalid(node.at(field), text, "must be the name of an attribute"));
    }
    return text;
  }
}
