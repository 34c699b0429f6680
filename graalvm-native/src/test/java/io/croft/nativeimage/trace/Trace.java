package io.croft.nativeimage.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where instrumented code leaves its notes: one line for each different one, with tabs between
/// kind, calling class, the class or resource, member, and its parameters.
public final class Trace {
  private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();
  private static @Nullable Path file;

  private Trace() {}

  static synchronized void into(Path path) {
    file = path;
  }

  static void failed(String name, RuntimeException e) {
    write("FAILED\t" + name.replace('/', '.') + "\t" + e);
  }

  /// Called by instrumented code.
  ///
  /// @param arguments of the call, the receiver first if there is one; null for what is no object
  public static void note(String kind, String caller, @Nullable Object[] arguments) {
    switch (ReflectiveCall.valueOf(kind)) {
      case TYPE -> note(kind, caller, first(arguments, String.class), "", "");
      case METHOD ->
          note(kind, caller, type(arguments), first(arguments, String.class), types(arguments));
      case FIELD -> note(kind, caller, type(arguments), first(arguments, String.class), "");
      case CONSTRUCTOR -> note(kind, caller, type(arguments), "<init>", types(arguments));
      case METHODS, CONSTRUCTORS, FIELDS -> note(kind, caller, type(arguments), "", "");
      case CALL -> noteCall(kind, caller, arguments);
      case RESOURCE -> note(kind, caller, resource(arguments), "", "");
      case PROXY -> note(kind, caller, types(arguments), "", "");
    }
  }

  private static void noteCall(String kind, String caller, @Nullable Object[] arguments) {
    for (Object argument : arguments) {
      switch (argument) {
        case Executable called -> {
          String name = called instanceof Constructor ? "<init>" : called.getName();
          String types = types(new Object[] {called.getParameterTypes()});
          note(kind, caller, called.getDeclaringClass().getName(), name, types);
          return;
        }
        case Class<?> type -> note(kind, caller, type.getName(), "<init>", "");
        case null, default -> {
          // What the method is called with.
        }
      }
    }
  }

  private static void note(String kind, String caller, String what, String member, String types) {
    if (!what.isEmpty()) {
      write(String.join("\t", kind, caller, what, member, types));
    }
  }

  private static String first(@Nullable Object[] arguments, Class<?> type) {
    return Arrays.stream(arguments)
        .filter(type::isInstance)
        .findFirst()
        .map(Object::toString)
        .orElse("");
  }

  private static String type(@Nullable Object[] arguments) {
    return arguments[0] instanceof Class<?> type ? type.getName() : "";
  }

  private static String types(@Nullable Object[] arguments) {
    return Arrays.stream(arguments)
        .filter(Class[].class::isInstance)
        .flatMap(types -> Arrays.stream((Class<?>[]) types))
        .map(Class::getTypeName)
        .collect(Collectors.joining(","));
  }

  private static String resource(@Nullable Object[] arguments) {
    String name = first(arguments, String.class);
    if (name.startsWith("/")) {
      return name.substring(1);
    }
    return arguments[0] instanceof Class<?> type && !type.getPackageName().isEmpty()
        ? type.getPackageName().replace('.', '/') + "/" + name
        : name;
  }

  private static void write(String line) {
    if (SEEN.add(line)) {
      append(line);
    }
  }

  private static synchronized void append(String line) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
