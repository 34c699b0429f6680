package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.function;
import static io.croft.apiserver.cel.Overload.member;
import static io.croft.apiserver.cel.Types.BOOL;
import static io.croft.apiserver.cel.Types.DOUBLE;
import static io.croft.apiserver.cel.Types.INT;
import static io.croft.apiserver.cel.Types.STRING;
import static io.croft.apiserver.cel.Types.STRINGS;

import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;

/// Functions that Kubernetes adds to the language, of types that it adds.
final class KubernetesFunctions {
  private KubernetesFunctions() {}

  static List<Overload> all() {
    var all = new ArrayList<Overload>();
    urls(all);
    quantities(all);
    addresses(all);
    ranges(all);
    versions(all);
    return all;
  }

  private static String s(Object[] v, int i) {
    return (String) v[i];
  }

  /// A function of a text, which pays for its length.
  private static Overload.Body reading(Function<String, Object> read) {
    return (v, m) -> {
      m.payText(s(v, 0).length());
      return read.apply(s(v, 0));
    };
  }

  private static void urls(List<Overload> all) {
    all.add(function("url", "string_to_url", Url.TYPE, reading(Url::parse), STRING));
    all.add(function("isURL", "is_url_string", BOOL, reading(Url::isValid), STRING));
    url(all, "getScheme", "url_get_scheme", STRING, Url::scheme);
    url(all, "getHost", "url_get_host", STRING, Url::host);
    url(all, "getHostname", "url_get_hostname", STRING, Url::hostname);
    url(all, "getPort", "url_get_port", STRING, Url::port);
    url(all, "getEscapedPath", "url_get_escaped_path", STRING, Url::escapedPath, Url::path);
    CelType parameters = MapType.create(STRING, STRINGS);
    all.add(
        member(
            "getQuery",
            "url_get_query",
            parameters,
            (v, m) -> ((Url) v[0]).parameters(m),
            Url.TYPE));
  }

  private static void url(
      List<Overload> all, String name, String id, CelType result, Function<Url, Object> part) {
    url(all, name, id, result, part, Url::host);
  }

  /// @param read what is gone through for that, and paid for
  private static void url(
      List<Overload> all,
      String name,
      String id,
      CelType result,
      Function<Url, Object> part,
      Function<Url, String> read) {
    Overload.Body body =
        (v, m) -> {
          var url = (Url) v[0];
          m.payText(read.apply(url).length());
          return part.apply(url);
        };
    all.add(member(name, id, result, body, Url.TYPE));
  }

  private static void quantities(List<Overload> all) {
    CelType type = Amount.TYPE;
    all.add(function("quantity", "string_to_quantity", type, reading(Amount::parse), STRING));
    all.add(function("isQuantity", "is_quantity_string", BOOL, reading(Amount::isValid), STRING));
    Overload.Body sign = (v, m) -> (long) amount(v, 0).quantity().value().signum();
    all.add(function("sign", "quantity_sign", INT, sign, type));
    all.add(member("sign", "quantity_sign_member", INT, sign, type));
    compared(all, "quantity", type);
    all.add(
        member(
            "asApproximateFloat",
            "quantity_get_float",
            DOUBLE,
            (v, m) -> amount(v, 0).quantity().value().doubleValue(),
            type));
    all.add(member("asInteger", "quantity_get_int", INT, (v, m) -> amount(v, 0).asInteger(), type));
    all.add(
        member("isInteger", "quantity_is_integer", BOOL, (v, m) -> amount(v, 0).isInteger(), type));
    all.add(
        member(
            "add", "quantity_add", type, (v, m) -> plus(amount(v, 0), amount(v, 1)), type, type));
    all.add(
        member(
            "add",
            "quantity_add_int",
            type,
            (v, m) -> plus(amount(v, 0), Amount.of((Long) v[1])),
            type,
            INT));
    all.add(
        member(
            "sub", "quantity_sub", type, (v, m) -> minus(amount(v, 0), amount(v, 1)), type, type));
    all.add(
        member(
            "sub",
            "quantity_sub_int",
            type,
            (v, m) -> minus(amount(v, 0), Amount.of((Long) v[1])),
            type,
            INT));
  }

  private static Amount amount(Object[] v, int i) {
    return (Amount) v[i];
  }

  private static Amount plus(Amount a, Amount b) {
    return new Amount(a.quantity().add(b.quantity()));
  }

  private static Amount minus(Amount a, Amount b) {
    return new Amount(a.quantity().subtract(b.quantity()));
  }

  /// What every type with an order has.
  private static void compared(List<Overload> all, String kind, CelType type) {
    all.add(
        member(
            "isGreaterThan", kind + "_is_greater_than", BOOL, (v, m) -> order(v) > 0, type, type));
    all.add(member("isLessThan", kind + "_is_less_than", BOOL, (v, m) -> order(v) < 0, type, type));
    all.add(member("compareTo", kind + "_compare_to", INT, (v, m) -> order(v), type, type));
  }

  private static long order(Object[] v) {
    int order =
        v[0] instanceof Amount amount
            ? amount.compareTo((Amount) v[1])
            : ((Semver) v[0]).compareTo((Semver) v[1]);
    return Integer.signum(order);
  }

  private static void addresses(List<Overload> all) {
    CelType type = Address.TYPE;
    all.add(function("ip", "string_to_ip", type, reading(Address::parse), STRING));
    all.add(function("isIP", "is_ip", BOOL, reading(Address::isValid), STRING));
    all.add(
        function(
            "ip.isCanonical",
            "ip_is_canonical",
            BOOL,
            reading(text -> Address.parse(text).toString().equals(text)),
            STRING));
    all.add(member("family", "ip_family", INT, (v, m) -> (long) ((Address) v[0]).family(), type));
    all.add(function("string", "ip_to_string", STRING, (v, m) -> v[0].toString(), type));
    address(all, "isUnspecified", "ip_is_unspecified", Address::isUnspecified);
    address(all, "isLoopback", "ip_is_loopback", Address::isLoopback);
    address(
        all, "isLinkLocalMulticast", "ip_is_link_local_multicast", Address::isLinkLocalMulticast);
    address(all, "isLinkLocalUnicast", "ip_is_link_local_unicast", Address::isLinkLocalUnicast);
    address(all, "isGlobalUnicast", "ip_is_global_unicast", Address::isGlobalUnicast);
  }

  private static void address(
      List<Overload> all, String name, String id, Predicate<Address> question) {
    all.add(member(name, id, BOOL, (v, m) -> question.test((Address) v[0]), Address.TYPE));
  }

  private static void ranges(List<Overload> all) {
    CelType type = Cidr.TYPE;
    all.add(function("cidr", "string_to_cidr", type, reading(Cidr::parse), STRING));
    all.add(function("isCIDR", "is_cidr", BOOL, reading(Cidr::isValid), STRING));
    range(
        all,
        "containsIP",
        "cidr_contains_ip_string",
        STRING,
        (c, o) -> c.contains(Address.parse((String) o)));
    range(
        all, "containsIP", "cidr_contains_ip_ip", Address.TYPE, (c, o) -> c.contains((Address) o));
    range(
        all,
        "containsCIDR",
        "cidr_contains_cidr_string",
        STRING,
        (c, o) -> c.contains(Cidr.parse((String) o)));
    range(all, "containsCIDR", "cidr_contains_cidr", type, (c, o) -> c.contains((Cidr) o));
    all.add(member("ip", "cidr_ip", Address.TYPE, (v, m) -> ((Cidr) v[0]).address(), type));
    all.add(
        member(
            "prefixLength",
            "cidr_prefix_length",
            INT,
            (v, m) -> (long) ((Cidr) v[0]).prefix(),
            type));
    all.add(member("masked", "cidr_masked", type, (v, m) -> ((Cidr) v[0]).masked(), type));
    all.add(function("string", "cidr_to_string", STRING, (v, m) -> v[0].toString(), type));
  }

  private static void range(
      List<Overload> all,
      String name,
      String id,
      CelType other,
      BiPredicate<Cidr, Object> question) {
    Overload.Body body =
        (v, m) -> {
          m.payLook(v[1]);
          return question.test((Cidr) v[0], v[1]);
        };
    all.add(member(name, id, BOOL, body, Cidr.TYPE, other));
  }

  private static void versions(List<Overload> all) {
    CelType type = Semver.TYPE;
    all.add(
        function("semver", "string_to_semver", type, reading(t -> Semver.parse(t, false)), STRING));
    all.add(
        function(
            "semver",
            "string_bool_to_semver",
            type,
            (v, m) -> {
              m.payText(s(v, 0).length());
              return Semver.parse(s(v, 0), (Boolean) v[1]);
            },
            STRING,
            BOOL));
    all.add(
        function(
            "isSemver", "is_semver_string", BOOL, reading(t -> Semver.isValid(t, false)), STRING));
    all.add(
        function(
            "isSemver",
            "is_semver_string_bool",
            BOOL,
            (v, m) -> {
              m.payText(s(v, 0).length());
              return Semver.isValid(s(v, 0), (Boolean) v[1]);
            },
            STRING,
            BOOL));
    compared(all, "semver", type);
    all.add(member("major", "semver_major", INT, (v, m) -> ((Semver) v[0]).major(), type));
    all.add(member("minor", "semver_minor", INT, (v, m) -> ((Semver) v[0]).minor(), type));
    all.add(member("patch", "semver_patch", INT, (v, m) -> ((Semver) v[0]).patch(), type));
  }
}
