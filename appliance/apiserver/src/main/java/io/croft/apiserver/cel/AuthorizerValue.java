package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.member;
import static io.croft.apiserver.cel.Types.BOOL;
import static io.croft.apiserver.cel.Types.STRING;

import dev.cel.common.types.OpaqueType;
import io.croft.model.Names;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The variable `authorizer`: asks what a user may do, step by step:
/// `authorizer.group("").resource("pods").namespace("x").check("delete").allowed()`.
record AuthorizerValue(Authorizer authorizer, UserInfo user) implements Types.Opaque {
  static final OpaqueType TYPE = OpaqueType.create("kubernetes.authorization.Authorizer");

  /// What a question costs: as much as a few hundred looks at a field.
  private static final int CHECK_COST = 350_000;

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  record PathCheck(AuthorizerValue who, String path) implements Types.Opaque {
    static final OpaqueType TYPE = OpaqueType.create("kubernetes.authorization.PathCheck");

    @Override
    public OpaqueType celType() {
      return TYPE;
    }
  }

  record GroupCheck(AuthorizerValue who, String group) implements Types.Opaque {
    static final OpaqueType TYPE = OpaqueType.create("kubernetes.authorization.GroupCheck");

    @Override
    public OpaqueType celType() {
      return TYPE;
    }
  }

  record ResourceCheck(
      AuthorizerValue who,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name)
      implements Types.Opaque {
    static final OpaqueType TYPE = OpaqueType.create("kubernetes.authorization.ResourceCheck");

    @Override
    public OpaqueType celType() {
      return TYPE;
    }
  }

  record Answer(Decision decision) implements Types.Opaque {
    static final OpaqueType TYPE = OpaqueType.create("kubernetes.authorization.Decision");

    @Override
    public OpaqueType celType() {
      return TYPE;
    }
  }

  static List<Overload> functions() {
    var all = new ArrayList<Overload>();
    all.add(
        member(
            "path",
            "authorizer_path",
            PathCheck.TYPE,
            (v, m) -> new PathCheck((AuthorizerValue) v[0], needed((String) v[1], "path", m)),
            TYPE,
            STRING));
    all.add(
        member(
            "group",
            "authorizer_group",
            GroupCheck.TYPE,
            (v, m) -> new GroupCheck((AuthorizerValue) v[0], (String) v[1]),
            TYPE,
            STRING));
    all.add(
        member(
            "serviceAccount",
            "authorizer_serviceaccount",
            TYPE,
            (v, m) -> {
              m.payLook(v[1]);
              m.payLook(v[2]);
              return ((AuthorizerValue) v[0]).serviceAccount((String) v[1], (String) v[2]);
            },
            TYPE,
            STRING,
            STRING));
    all.add(
        member(
            "resource",
            "groupcheck_resource",
            ResourceCheck.TYPE,
            (v, m) -> {
              var group = (GroupCheck) v[0];
              String resource = needed((String) v[1], "resource", m);
              return new ResourceCheck(group.who, group.group, resource, "", "", "");
            },
            GroupCheck.TYPE,
            STRING));
    narrowing(
        all,
        "subresource",
        (c, to) -> new ResourceCheck(c.who, c.group, c.resource, to, c.namespace, c.name));
    narrowing(
        all,
        "namespace",
        (c, to) -> new ResourceCheck(c.who, c.group, c.resource, c.subresource, to, c.name));
    narrowing(
        all,
        "name",
        (c, to) -> new ResourceCheck(c.who, c.group, c.resource, c.subresource, c.namespace, to));
    // Who may list all may list some: selectors narrow what this server does not divide.
    narrowing(all, "fieldSelector", (c, to) -> c);
    narrowing(all, "labelSelector", (c, to) -> c);
    checks(all);
    answers(all);
    return all;
  }

  @FunctionalInterface
  private interface Narrowing {
    ResourceCheck to(ResourceCheck check, String value);
  }

  private static void narrowing(List<Overload> all, String name, Narrowing narrowing) {
    all.add(
        member(
            name,
            "resourcecheck_" + name,
            ResourceCheck.TYPE,
            (v, m) -> narrowing.to((ResourceCheck) v[0], (String) v[1]),
            ResourceCheck.TYPE,
            STRING));
  }

  private static void checks(List<Overload> all) {
    all.add(
        member(
            "check",
            "pathcheck_check",
            Answer.TYPE,
            (v, m) -> {
              var check = (PathCheck) v[0];
              String verb = (String) v[1];
              m.pay(CHECK_COST);
              return check.who.ask(
                  new RequestInfo(false, verb, "", "", "", "", "", "", check.path));
            },
            PathCheck.TYPE,
            STRING));
    all.add(
        member(
            "check",
            "resourcecheck_check",
            Answer.TYPE,
            (v, m) -> {
              var c = (ResourceCheck) v[0];
              String verb = (String) v[1];
              m.pay(CHECK_COST);
              return c.who.ask(
                  new RequestInfo(
                      true,
                      verb,
                      c.group,
                      "*",
                      c.namespace,
                      c.resource,
                      c.subresource,
                      c.name,
                      ""));
            },
            ResourceCheck.TYPE,
            STRING));
  }

  private static void answers(List<Overload> all) {
    all.add(
        member(
            "allowed",
            "decision_allowed",
            BOOL,
            (v, m) -> ((Answer) v[0]).decision.allowed(),
            Answer.TYPE));
    all.add(
        member(
            "reason",
            "decision_reason",
            STRING,
            (v, m) -> ((Answer) v[0]).decision.reason(),
            Answer.TYPE));
    // This server's authorizers have an answer to everything.
    all.add(member("errored", "decision_errored", BOOL, (v, m) -> false, Answer.TYPE));
    all.add(member("error", "decision_error", STRING, (v, m) -> "", Answer.TYPE));
  }

  private static String needed(String value, String what, Meter meter) {
    meter.payText(value.length());
    if (value.isBlank()) {
      throw new CelException(what + " must not be empty");
    }
    return value;
  }

  private Answer ask(RequestInfo info) {
    return new Answer(authorizer.authorize(new Attributes(user, info)));
  }

  private AuthorizerValue serviceAccount(String namespace, String name) {
    Optional<String> problem =
        Names.dns1123Label(namespace).stream()
            .findFirst()
            .or(() -> Names.dns1123Subdomain(name).stream().findFirst());
    if (problem.isPresent()) {
      throw new CelException(
          "Invalid service account " + Texts.quoted(namespace + "/" + name) + ": " + problem.get());
    }
    var account =
        new UserInfo(
            "system:serviceaccount:" + namespace + ":" + name,
            "",
            List.of(
                "system:serviceaccounts",
                "system:serviceaccounts:" + namespace,
                UserInfo.AUTHENTICATED),
            Map.of());
    return new AuthorizerValue(authorizer, account);
  }
}
