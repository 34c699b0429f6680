package io.croft.security.identity;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Finds users. Thread-safe.
public final class LocalUsers {
  private static final String MEMBERS = "members";

  private final Objects objects;
  private final Informer groups;

  /// Reads objects as they are at this moment.
  @FunctionalInterface
  public interface Objects {
    /// @param namespace empty for an object of the cluster
    Optional<ApiObject> find(GroupVersionResource resource, String namespace, String name);
  }

  /// @param informers follow the groups
  public LocalUsers(Objects objects, Informers informers) {
    this.objects = objects;
    this.groups = informers.of(IdentityKinds.GROUPS);
    groups.addIndex(MEMBERS, LocalUsers::members);
  }

  /// A user as it is at this moment; empty when there is none, or it is disabled or being deleted.
  public Optional<LoginUser> find(String name) {
    if (!isName(name)) {
      return Optional.empty();
    }
    return objects
        .find(IdentityKinds.USERS, "", name)
        .filter(user -> user.deletionTimestamp() == null)
        .filter(user -> !user.json().path("spec").path("disabled").asBoolean(false))
        .map(user -> LoginUser.of(user, groups(name)));
  }

  /// Whether there is a `User` of a name, in whichever case, whether or not it may log in:
  /// directories do not tell upper case from lower.
  public boolean isLocal(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return isName(lower) && objects.find(IdentityKinds.USERS, "", lower).isPresent();
  }

  private static boolean isName(String name) {
    return Names.dns1123Subdomain(name).isEmpty() && name.length() <= Names.MAX_LABEL_LENGTH;
  }

  /// One of the Secrets that belong to users.
  public Optional<ApiObject> secret(String name) {
    return objects.find(IdentityKinds.SECRETS, IdentityKinds.NAMESPACE, name);
  }

  private List<String> groups(String name) {
    return groups.byIndex(MEMBERS, name).stream().map(ApiObject::name).toList();
  }

  private static List<String> members(ApiObject group) {
    var members = new ArrayList<String>();
    for (JsonNode member : group.json().path("spec").path("members")) {
      members.add(member.asText());
    }
    return members;
  }
}
