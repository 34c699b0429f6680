package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.rules.Addresses;
import io.croft.apiserver.rules.Field;
import io.croft.apiserver.rules.Services;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Json;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The addresses that services have: which families a service gets, and which addresses of these.
/// What one service has no other one gets. Thread-safe.
final class ServiceAddresses {
  private static final String NONE = "None";
  private static final String SINGLE = "SingleStack";
  private static final String PREFER = "PreferDualStack";
  private static final String REQUIRE = "RequireDualStack";
  private static final int TRIES = 64;

  private final ServiceNetwork network;

  /// By their canonical texts.
  private final Allocations<String> taken = new Allocations<>();

  ServiceAddresses(ServiceNetwork network) {
    this.network = network;
  }

  /// Completes what a service says of its families and addresses, and reserves these; `release` or
  /// `stored` must follow, even after an error.
  ///
  /// @param old what is stored; null for a new service
  void assign(ApiObject object, @Nullable ApiObject old, FieldErrors errors) {
    ObjectNode spec = (ObjectNode) object.json().path("spec");
    JsonNode before = old == null ? Json.object() : old.json().path("spec");
    if (!isTexts(spec, "clusterIPs") || !isTexts(spec, "ipFamilies")) {
      return; // refused by the schema
    }
    if (old == null) {
      if (!texts(spec, "clusterIP").isEmpty() && texts(spec, "clusterIPs").isEmpty()) {
        spec.putArray("clusterIPs").add(spec.path("clusterIP"));
      }
    } else {
      keepWhatIsLeftOut(spec, before);
    }
    if (isExternal(spec)) {
      return;
    }
    if (!prefersTheSame(spec, before)) {
      families(object, spec, before, errors);
    }
    if (errors.isEmpty() && !isHeadless(spec)) {
      addresses(object.uid(), spec, addressesOf(before), errors);
    }
  }

  private static boolean isTexts(JsonNode spec, String field) {
    JsonNode list = spec.path(field);
    boolean texts = list.isMissingNode() || list.isNull() || list.isArray();
    for (JsonNode item : list) {
      texts &= item.isTextual();
    }
    return texts;
  }

  /// The texts of a list, or the one text that is not empty.
  private static List<String> texts(JsonNode spec, String field) {
    var texts = new ArrayList<String>();
    JsonNode value = spec.path(field);
    if (value.isArray()) {
      value.forEach(item -> texts.add(item.asText()));
    } else if (!value.asText("").isEmpty()) {
      texts.add(value.asText());
    }
    return texts;
  }

  private static void set(ObjectNode spec, String field, List<String> texts) {
    ArrayNode list = spec.putArray(field);
    texts.forEach(list::add);
  }

  private static boolean same(JsonNode some, JsonNode others, String field) {
    return texts(some, field).equals(texts(others, field));
  }

  private static boolean isExternal(JsonNode spec) {
    return spec.path("type").asText("").equals("ExternalName");
  }

  private static boolean isHeadless(JsonNode spec) {
    return spec.path("clusterIP").asText("").equals(NONE);
  }

  /// An update that says nothing of addresses keeps them; one that names another first address
  /// means the list of them, too; one to a type that has none lets them go.
  private static void keepWhatIsLeftOut(ObjectNode spec, JsonNode old) {
    if (isExternal(spec)) {
      if (!isExternal(old)) {
        if (same(spec, old, "clusterIP") && same(spec, old, "clusterIPs")) {
          spec.remove(List.of("clusterIP", "clusterIPs"));
        }
        for (String field : List.of("ipFamilies", "ipFamilyPolicy")) {
          if (same(spec, old, field)) {
            spec.remove(field);
          }
        }
      }
      return;
    }
    if (!isExternal(old)) {
      for (String field : List.of("clusterIP", "clusterIPs")) {
        if (texts(spec, field).isEmpty() && old.has(field)) {
          spec.set(field, old.path(field).deepCopy());
        }
      }
    }
    if (!same(spec, old, "clusterIP")
        && !texts(spec, "clusterIP").isEmpty()
        && same(spec, old, "clusterIPs")) {
      set(spec, "clusterIPs", texts(spec, "clusterIP"));
    }
  }

  /// A service that prefers two families, and says nothing new, keeps what it has, even when there
  /// are more or fewer of them by now.
  private static boolean prefersTheSame(JsonNode spec, JsonNode old) {
    return spec.path("ipFamilyPolicy").asText("").equals(PREFER)
        && same(spec, old, "ipFamilyPolicy")
        && spec.path("type").equals(old.path("type"))
        && same(spec, old, "clusterIPs")
        && same(spec, old, "ipFamilies");
  }

  private void families(ApiObject object, ObjectNode spec, JsonNode old, FieldErrors errors) {
    boolean anywhere = isHeadless(spec) && spec.path("selector").isEmpty();
    if (texts(spec, "ipFamilyPolicy").isEmpty()) {
      spec.put("ipFamilyPolicy", old.path("ipFamilyPolicy").asText(anywhere ? REQUIRE : SINGLE));
    }
    Services.addresses(Field.root(object, errors).at("spec"));
    if (!errors.isEmpty()) {
      return;
    }
    String policy = spec.path("ipFamilyPolicy").asText();
    if (policy.equals(SINGLE)) {
      letSecondGo(spec, old);
      checkSingle(spec, errors);
    } else {
      checkKept(spec, old, errors);
    }
    List<String> families = inferred(spec, errors);
    if (!errors.isEmpty()) {
      return;
    }
    if (anywhere) { // its endpoints are somebody else's, of whatever family
      families = families.isEmpty() ? List.of(first()) : families;
      set(spec, "ipFamilies", policy.equals(SINGLE) ? families : both(families));
      return;
    }
    if (policy.equals(REQUIRE) && !network.dualStack()) {
      refusePolicy(spec, "this cluster is not configured for dual-stack services", errors);
    }
    for (int i = 0; i < families.size(); i++) {
      if (network.range(families.get(i)).isEmpty()) {
        errors.add(
            FieldError.invalid(
                "spec.ipFamilies[" + i + "]", families.get(i), "not configured on this cluster"));
      }
    }
    families = families.isEmpty() ? List.of(first()) : families;
    boolean two = !policy.equals(SINGLE) && network.dualStack();
    set(spec, "ipFamilies", two ? both(families) : families);
  }

  private String first() {
    return network.ranges().getFirst().family();
  }

  private static List<String> both(List<String> families) {
    String first = families.getFirst();
    return List.of(first, first.equals(Addresses.IPV4) ? Addresses.IPV6 : Addresses.IPV4);
  }

  private static void refusePolicy(JsonNode spec, String why, FieldErrors errors) {
    errors.add(
        FieldError.invalid("spec.ipFamilyPolicy", spec.path("ipFamilyPolicy").asText(), why));
  }

  /// To want one family only is to want the first of two.
  private static void letSecondGo(ObjectNode spec, JsonNode old) {
    for (String field : List.of("clusterIPs", "ipFamilies")) {
      if (texts(spec, field).size() > 1 && same(spec, old, field)) {
        set(spec, field, texts(spec, field).subList(0, 1));
      }
    }
  }

  private static void checkSingle(JsonNode spec, FieldErrors errors) {
    String either = "must be 'RequireDualStack' or 'PreferDualStack' when multiple ";
    if (texts(spec, "clusterIPs").size() == 2) {
      refusePolicy(spec, either + "cluster IPs are specified", errors);
    }
    if (texts(spec, "ipFamilies").size() == 2) {
      refusePolicy(spec, either + "IP families are specified", errors);
    }
  }

  private static void checkKept(JsonNode spec, JsonNode old, FieldErrors errors) {
    if (reduced(spec, old, "clusterIPs")) {
      refusePolicy(spec, "must be 'SingleStack' to release the secondary cluster IP", errors);
    }
    if (reduced(spec, old, "ipFamilies")) {
      refusePolicy(spec, "must be 'SingleStack' to release the secondary IP family", errors);
    }
  }

  /// Nothing is reduced that is not there: it is chosen anew.
  private static boolean reduced(JsonNode spec, JsonNode old, String field) {
    return texts(spec, field).size() == 1 && texts(old, field).size() == 2;
  }

  /// The families that a service names, or that its addresses are of.
  private List<String> inferred(JsonNode spec, FieldErrors errors) {
    var families = new ArrayList<>(texts(spec, "ipFamilies"));
    List<String> addresses = texts(spec, "clusterIPs");
    for (int i = 0; i < addresses.size() && !addresses.get(i).equals(NONE); i++) {
      if (i < families.size()) {
        continue;
      }
      String family = Addresses.family(addresses.get(i));
      families.add(family);
      if (network.range(family).isEmpty()) {
        errors.add(
            FieldError.invalid(
                "spec.clusterIPs[" + i + "]",
                spec.path("clusterIPs"),
                family + " is not configured on this cluster"));
      }
    }
    return families;
  }

  /// @param had the addresses that the service has already, wherever these are from
  private void addresses(String owner, ObjectNode spec, Set<String> had, FieldErrors errors) {
    var addresses = new ArrayList<>(texts(spec, "clusterIPs"));
    List<String> families = texts(spec, "ipFamilies");
    for (int i = 0; i < Math.max(families.size(), addresses.size()); i++) {
      if (i < addresses.size()) {
        reserve(owner, spec, addresses.get(i), had, errors);
      } else {
        String free = free(families.get(i), owner);
        if (free == null) {
          errors.add(FieldError.invalid("spec.clusterIPs", addresses, "range is full"));
          return;
        }
        addresses.add(free);
        set(spec, "clusterIPs", addresses); // so that what is reserved is given back
        spec.put("clusterIP", addresses.getFirst());
      }
    }
  }

  private void reserve(
      String owner, JsonNode spec, String address, Set<String> had, FieldErrors errors) {
    if (!Addresses.isIp(address)) {
      return; // another server has stored it; judged by the rules
    }
    String canonical = Addresses.canonical(address);
    boolean known =
        had.contains(canonical)
            || network
                .range(Addresses.family(address))
                .filter(r -> r.contains(address))
                .isPresent();
    if (!known) {
      String range = network.range(Addresses.family(address)).map(ServiceRange::text).orElse("");
      refuseAddress(
          spec,
          address,
          "the provided IP ("
              + address
              + ") is not in the valid range. The range of valid IPs is "
              + range,
          errors);
    } else if (!taken.reserve(canonical, owner)) {
      refuseAddress(spec, address, "provided IP is already allocated", errors);
    }
  }

  private static void refuseAddress(JsonNode spec, String address, String why, FieldErrors errors) {
    errors.add(
        FieldError.invalid(
            "spec.clusterIPs",
            spec.path("clusterIPs"),
            "failed to allocate IP " + address + ": " + why));
  }

  private @Nullable String free(String family, String owner) {
    ServiceRange range = network.range(family).orElse(null);
    if (range == null) {
      return null;
    }
    var random = ThreadLocalRandom.current();
    for (int i = 0; i < TRIES; i++) {
      String candidate = range.at(range.anyOffset(random));
      if (taken.reserve(candidate, owner)) {
        return candidate;
      }
    }
    for (BigInteger i = BigInteger.ZERO;
        i.compareTo(range.count()) < 0;
        i = i.add(BigInteger.ONE)) {
      String candidate = range.at(i);
      if (taken.reserve(candidate, owner)) {
        return candidate;
      }
    }
    return null;
  }

  private static Set<String> addressesOf(JsonNode spec) {
    Set<String> addresses = new HashSet<>();
    for (String address : texts(spec, spec.has("clusterIPs") ? "clusterIPs" : "clusterIP")) {
      if (Addresses.isIp(address)) {
        addresses.add(Addresses.canonical(address));
      }
    }
    return addresses;
  }

  /// A write of the service did not come about.
  void release(ApiObject object) {
    taken.release(addressesOf(object.json().path("spec")), object.uid());
  }

  /// The service is stored.
  ///
  /// @param reserved whether its addresses were reserved for this write
  void stored(ApiObject object, boolean reserved) {
    taken.stored(
        object.uid(),
        addressesOf(object.json().path("spec")),
        reserved,
        Long.parseLong(object.resourceVersion()));
  }

  void removed(ApiObject object) {
    taken.removed(object.uid());
  }
}
