package io.croft.security.ldap;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPInterface;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import io.croft.security.ldap.LdapSettings.Groups;
import io.croft.security.ldap.LdapSettings.MemberIs;
import io.croft.security.ldap.LdapSettings.Nesting;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the groups of a user.
///
/// @param timeoutSeconds of each search
record LdapGroups(Groups settings, int timeoutSeconds) {
  private static final Logger LOG = LoggerFactory.getLogger(LdapGroups.class);

  /// Active Directory's `LDAP_MATCHING_RULE_IN_CHAIN`.
  private static final String IN_CHAIN = "1.2.840.113556.1.4.1941";

  /// Most groups of a user; who is in more is in these only.
  static final int MAX_GROUPS = 500;

  /// How deep groups in groups are followed. Each step is a search or a few.
  static final int MAX_DEPTH = 8;

  private static final int NAMES_PER_SEARCH = 50;

  /// The names of the groups, in order.
  List<String> of(LDAPInterface directory, String dn, String login) throws LDAPException {
    var names = new TreeSet<String>();
    if (settings.memberIs() == MemberIs.LOGIN) {
      search(directory, Filter.createEqualityFilter(settings.member(), login), names);
    } else if (settings.nesting() == Nesting.CHAIN) {
      search(
          directory,
          Filter.createExtensibleMatchFilter(settings.member(), IN_CHAIN, false, dn),
          names);
    } else {
      walk(directory, dn, names);
    }
    return List.copyOf(names);
  }

  /// Upwards level by level; every group is looked at once, so that circles end.
  private void walk(LDAPInterface directory, String dn, Set<String> names) throws LDAPException {
    var seen = new HashSet<String>();
    List<String> level = List.of(dn);
    int depth = settings.nesting() == Nesting.NONE ? 1 : MAX_DEPTH;
    for (int i = 0; i < depth && !level.isEmpty(); i++) {
      var next = new ArrayList<String>();
      for (int from = 0; from < level.size(); from += NAMES_PER_SEARCH) {
        List<Filter> members =
            level.subList(from, Math.min(level.size(), from + NAMES_PER_SEARCH)).stream()
                .map(member -> Filter.createEqualityFilter(settings.member(), member))
                .toList();
        for (SearchResultEntry group : search(directory, Filter.createORFilter(members), names)) {
          if (seen.size() < MAX_GROUPS && seen.add(DN.normalize(group.getDN()))) {
            next.add(group.getDN());
          }
        }
      }
      level = next;
    }
    if (!level.isEmpty() && settings.nesting() == Nesting.WALK) {
      LOG.atWarn().addKeyValue("user", dn).log("Groups are nested too deep; not all count");
    }
  }

  private List<SearchResultEntry> search(LDAPInterface directory, Filter members, Set<String> names)
      throws LDAPException {
    var request =
        new SearchRequest(
            settings.base(),
            SearchScope.SUB,
            Filter.createANDFilter(settings.filter(), members),
            settings.nameAttribute());
    request.setSizeLimit(MAX_GROUPS);
    request.setTimeLimitSeconds(timeoutSeconds);
    List<SearchResultEntry> found;
    try {
      found = entries(directory.search(request).getSearchEntries());
    } catch (LDAPSearchException e) {
      if (!e.getResultCode().equals(ResultCode.SIZE_LIMIT_EXCEEDED)) {
        throw e;
      }
      LOG.atWarn().addKeyValue("most", MAX_GROUPS).log("A user is in too many groups");
      found = entries(e.getSearchEntries());
    }
    for (SearchResultEntry group : found) {
      String name = group.getAttributeValue(settings.nameAttribute());
      if (name != null && names.size() < MAX_GROUPS) {
        names.add(name);
      }
    }
    return found;
  }

  private static List<SearchResultEntry> entries(@Nullable List<SearchResultEntry> found) {
    return found == null ? List.of() : found;
  }
}
