package io.croft.nativeimage;

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Something that a program looked up by name.
///
/// @param caller the class that did
/// @param subject the class, the resource, or the interfaces of a proxy
/// @param member the field's name, or the method's with its parameters; empty for lists of members
record Lookup(Kind kind, String caller, String subject, String member) {
  /// As the agent writes them.
  enum Kind {
    TYPE,
    METHOD,
    CONSTRUCTOR,
    FIELD,
    METHODS,
    CONSTRUCTORS,
    FIELDS,
    CALL,
    RESOURCE,
    PROXY
  }

  static String signature(String name, List<String> parameters) {
    return name + "(" + String.join(",", parameters) + ")";
  }

  /// Reads the agent's note, and finds out which class a member is declared in. Empty when there is
  /// no such thing here: the image answers as Java does.
  static Optional<Lookup> found(String note, ClassLoader classes) {
    try {
      return resolved(note, classes);
    } catch (LinkageError e) {
      return Optional.empty(); // a library that another one can do without
    }
  }

  private static Optional<Lookup> resolved(String note, ClassLoader classes) {
    String[] words = note.split("\t", -1);
    var noted = new Lookup(Kind.valueOf(words[0]), words[1], words[2], words[3]);
    List<String> parameters = words[4].isEmpty() ? List.of() : List.of(words[4].split(","));
    return switch (noted.kind()) {
      case RESOURCE ->
          classes.getResource(noted.subject) == null ? Optional.empty() : Optional.of(noted);
      case PROXY -> Optional.of(noted);
      case TYPE, METHODS, CONSTRUCTORS, FIELDS ->
          type(noted.subject, classes).map(type -> noted.of(type, ""));
      case FIELD ->
          type(noted.subject, classes)
              .flatMap(type -> field(type, noted.member))
              .map(field -> noted.of(field.getDeclaringClass(), field.getName()));
      case METHOD, CONSTRUCTOR ->
          type(noted.subject, classes)
              .filter(type -> executable(type, noted.member, parameters).isPresent())
              .map(type -> noted.of(type, signature(noted.member, parameters)));
      case CALL ->
          type(noted.subject, classes)
              .map(type -> noted.of(type, signature(noted.member, parameters)));
    };
  }

  private Lookup of(Class<?> type, String foundMember) {
    return new Lookup(kind, caller, type.getTypeName(), foundMember);
  }

  private static List<String> names(Executable executable) {
    return Arrays.stream(executable.getParameterTypes()).map(Class::getTypeName).toList();
  }

  private static Optional<Class<?>> type(String name, ClassLoader classes) {
    try {
      return Optional.of(Class.forName(name, false, classes));
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private static Optional<Field> field(Class<?> type, String name) {
    for (@Nullable Class<?> one = type; one != null; one = one.getSuperclass()) {
      for (Field field : one.getDeclaredFields()) {
        if (field.getName().equals(name)) {
          return Optional.of(field);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Executable> executable(
      Class<?> type, String name, List<String> parameters) {
    if (name.equals("<init>")) {
      return first(type.getDeclaredConstructors(), parameters);
    }
    for (@Nullable Class<?> one = type; one != null; one = one.getSuperclass()) {
      Executable[] named =
          Arrays.stream(one.getDeclaredMethods())
              .filter(method -> method.getName().equals(name))
              .toArray(Executable[]::new);
      Optional<Executable> found = first(named, parameters);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Executable> first(Executable[] executables, List<String> parameters) {
    return Arrays.stream(executables).filter(one -> names(one).equals(parameters)).findFirst();
  }
}
