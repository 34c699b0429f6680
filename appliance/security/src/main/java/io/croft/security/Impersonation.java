package io.croft.security;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Acting as someone else, by the headers `Impersonate-User`, `-Group`, `-Uid` and `-Extra-KEY`.
/// Every part of the other identity must be allowed to the caller, by the verb `impersonate`.
final class Impersonation {
  private static final String PREFIX = "impersonate-";
  private static final String EXTRA_PREFIX = "impersonate-extra-";
  private static final String ANONYMOUS = "system:anonymous";
  private static final String UNAUTHENTICATED = "system:unauthenticated";

  private final Authorizer authorizer;

  Impersonation(Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  /// Whom the request is to be carried out as; empty when it says nothing about that.
  ///
  /// @throws StatusException when the headers make no sense or the caller is not allowed to
  Optional<UserInfo> of(HttpRequest request, UserInfo caller) {
    Wanted wanted = Wanted.read(request.headers());
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    if (wanted.user().isEmpty()) {
      throw Statuses.badRequest("impersonation needs the header Impersonate-User");
    }
    for (RequestInfo part : wanted.parts()) {
      var attributes = new Attributes(caller, part);
      Decision decision = authorizer.authorize(attributes);
      if (!decision.allowed()) {
        throw attributes.forbidden(decision.reason());
      }
    }
    return Optional.of(wanted.toUser());
  }

  /// The request without the headers that were looked at here.
  static HttpRequest strip(HttpRequest request) {
    Predicate<String> looked = name -> name.startsWith(PREFIX);
    return request.withHeaders(request.headers().without(looked));
  }

  private record Wanted(
      String user, String uid, List<String> groups, Map<String, List<String>> extra) {

    static Wanted read(Headers headers) {
      return new Wanted(
          headers.first(PREFIX + "user").orElse(""),
          headers.first(PREFIX + "uid").orElse(""),
          headers.all(PREFIX + "group"),
          extra(headers));
    }

    private static Map<String, List<String>> extra(Headers headers) {
      var extra = new LinkedHashMap<String, List<String>>();
      headers.forEach((name, value) -> {
        if (name.startsWith(EXTRA_PREFIX)) {
          extra.computeIfAbsent(extraKey(name), _ -> new ArrayList<>()).add(value);
        }
      });
      return extra;
    }

    /// Keys may hold characters that header names may not, such as `/`; they are percent-encoded.
    private static String extraKey(String header) {
      try {
        return PathDecoder.unescape(header.substring(EXTRA_PREFIX.length()));
      } catch (IllegalArgumentException e) {
        throw Statuses.badRequest("header " + header + ": " + e.getMessage());
      }
    }

    boolean isEmpty() {
      return user.isEmpty() && uid.isEmpty() && groups.isEmpty() && extra.isEmpty();
    }

    /// What the caller must be allowed to `impersonate`.
    List<RequestInfo> parts() {
      var parts = new ArrayList<RequestInfo>();
      parts.add(
          ServiceAccountName.parse(user)
              .map(a -> part("", a.namespace(), "serviceaccounts", "", a.name()))
              .orElseGet(() -> part("", "", "users", "", user)));
      groups.forEach(group -> parts.add(part("", "", "groups", "", group)));
      if (!uid.isEmpty()) {
        parts.add(part("authentication.k8s.io", "", "uids", "", uid));
      }
      extra.forEach((key, values) ->
          values.forEach(v -> parts.add(part("authentication.k8s.io", "", "userextras", key, v))));
      return parts;
    }

    private static RequestInfo part(
        String group, String namespace, String plural, String subresource, String name) {
      return new RequestInfo(
          true, "impersonate", group, "v1", namespace, plural, subresource, name, "");
    }

    UserInfo toUser() {
      var all = new ArrayList<>(groups);
      if (all.isEmpty()) {
        ServiceAccountName.parse(user).ifPresent(account -> all.addAll(account.groups()));
      }
      if (user.equals(ANONYMOUS)) {
        addIfMissing(all, UNAUTHENTICATED);
      } else if (!all.contains(UNAUTHENTICATED)) {
        addIfMissing(all, UserInfo.AUTHENTICATED);
      }
      return new UserInfo(user, uid, all, extra);
    }

    private static void addIfMissing(List<String> groups, String group) {
      if (!groups.contains(group)) {
        groups.add(group);
      }
    }
  }
}
