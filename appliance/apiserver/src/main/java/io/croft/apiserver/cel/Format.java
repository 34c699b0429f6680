package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.function;
import static io.croft.apiserver.cel.Overload.member;
import static io.croft.apiserver.cel.Types.STRING;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import io.croft.model.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// A format of Kubernetes that a text can be held to: `format.dns1123Label().validate(x)`.
///
/// @param problems what is wrong with a text; none when it has the format
record Format(String name, Function<String, List<String>> problems) implements Types.Opaque {
  static final OpaqueType TYPE = OpaqueType.create("kubernetes.NamedFormat");

  private static final Map<String, Format> BY_NAME =
      Map.ofEntries(
          of("dns1123Label", Names::dns1123Label),
          of("dns1123Subdomain", Names::dns1123Subdomain),
          of("dns1035Label", Names::dns1035Label),
          of("qualifiedName", Names::qualifiedName),
          of("dns1123LabelPrefix", prefix(Names::dns1123Label)),
          of("dns1123SubdomainPrefix", prefix(Names::dns1123Subdomain)),
          of("dns1035LabelPrefix", prefix(Names::dns1035Label)),
          of("labelValue", Names::labelValue),
          of("uri", trying(Url::parse, "")),
          of(
              "uuid",
              text ->
                  text.matches(
                          "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
                      ? List.of()
                      : List.of("does not match the UUID format")),
          of("byte", trying(Texts::bytes, "invalid base64")),
          of("date", trying(Texts::date, "invalid date")),
          of("datetime", trying(Texts::timestamp, "invalid datetime")));

  private static Map.Entry<String, Format> of(
      String name, Function<String, List<String>> problems) {
    return Map.entry(name, new Format(name, problems));
  }

  /// Of a name that something will be appended to: it may end in a dash.
  private static Function<String, List<String>> prefix(Function<String, List<String>> whole) {
    return text ->
        whole.apply(text.endsWith("-") ? text.substring(0, text.length() - 1) + "a" : text);
  }

  /// @param problem empty for what the reader says itself
  private static Function<String, List<String>> trying(Consumer<String> reader, String problem) {
    return text -> {
      try {
        reader.accept(text);
        return List.of();
      } catch (CelException e) {
        return List.of(problem.isEmpty() ? String.valueOf(e.getMessage()) : problem);
      }
    };
  }

  @Override
  public OpaqueType celType() {
    return TYPE;
  }

  static List<Overload> functions() {
    var all = new ArrayList<Overload>();
    BY_NAME.forEach((name, format) ->
        all.add(function("format." + name, "format-" + name, TYPE, (v, m) -> format)));
    all.add(
        function(
            "format.named",
            "format-named",
            OptionalType.create(TYPE),
            (v, m) -> Optional.ofNullable(BY_NAME.get((String) v[0])),
            STRING));
    all.add(
        member(
            "validate",
            "format-validate",
            OptionalType.create(Types.STRINGS),
            (v, m) -> {
              String text = (String) v[1];
              m.payMatch(text.length(), 30);
              List<String> problems = ((Format) v[0]).problems.apply(text);
              return problems.isEmpty() ? Optional.empty() : Optional.of(problems);
            },
            TYPE,
            STRING));
    return all;
  }
}
