package io.croft.security.identity;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A user who may log in here.
///
/// @param directory where it is kept; empty for a `User` of this appliance
/// @param uid stays the same, and is another one for another user of the same name
/// @param displayName may be empty
/// @param email may be empty
/// @param groups by name, in order
public record LoginUser(
    String directory,
    String name,
    String uid,
    String displayName,
    String email,
    List<String> groups) {
  public LoginUser {
    groups = List.copyOf(groups);
  }

  static LoginUser of(ApiObject user, List<String> groups) {
    JsonNode spec = user.json().path("spec");
    return new LoginUser(
        "",
        user.name(),
        user.uid(),
        spec.path("displayName").asText(""),
        spec.path("email").asText(""),
        groups);
  }

  /// Who that is to authorization.
  public UserInfo info(Map<String, List<String>> extra) {
    var all = new ArrayList<>(groups);
    all.add(UserInfo.AUTHENTICATED);
    return new UserInfo(name, uid, all, extra);
  }
}
