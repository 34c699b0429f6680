package io.croft.nativeimage.trace;

import java.lang.classfile.instruction.InvokeInstruction;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The ways to look something up by name, and to call what was found.
enum ReflectiveCall {
  TYPE,
  METHOD,
  CONSTRUCTOR,
  FIELD,
  METHODS,
  CONSTRUCTORS,
  FIELDS,
  CALL,
  RESOURCE,
  PROXY;

  private static final Set<String> LOADERS =
      Set.of("java/lang/ClassLoader", "java/net/URLClassLoader");

  private static final Map<String, ReflectiveCall> OF_CLASS =
      Map.ofEntries(
          Map.entry("forName", TYPE),
          Map.entry("getMethod", METHOD),
          Map.entry("getDeclaredMethod", METHOD),
          Map.entry("getConstructor", CONSTRUCTOR),
          Map.entry("getDeclaredConstructor", CONSTRUCTOR),
          Map.entry("getField", FIELD),
          Map.entry("getDeclaredField", FIELD),
          Map.entry("getMethods", METHODS),
          Map.entry("getDeclaredMethods", METHODS),
          Map.entry("getConstructors", CONSTRUCTORS),
          Map.entry("getDeclaredConstructors", CONSTRUCTORS),
          Map.entry("getFields", FIELDS),
          Map.entry("getDeclaredFields", FIELDS),
          Map.entry("getResource", RESOURCE),
          Map.entry("getResourceAsStream", RESOURCE));

  private static final Map<String, ReflectiveCall> OF_LOADER =
      Map.of(
          "loadClass", TYPE,
          "getResource", RESOURCE,
          "getResources", RESOURCE,
          "getResourceAsStream", RESOURCE,
          "getSystemResource", RESOURCE,
          "getSystemResources", RESOURCE,
          "getSystemResourceAsStream", RESOURCE);

  private static final Map<String, ReflectiveCall> OTHERS =
      Map.of(
          "java/lang/Class.newInstance", CALL,
          "java/lang/reflect/Method.invoke", CALL,
          "java/lang/reflect/Constructor.newInstance", CALL,
          "java/lang/invoke/MethodHandles$Lookup.unreflect", CALL,
          "java/lang/invoke/MethodHandles$Lookup.unreflectConstructor", CALL,
          "java/lang/reflect/Proxy.newProxyInstance", PROXY);

  static Optional<ReflectiveCall> of(InvokeInstruction call) {
    String owner = call.owner().asInternalName();
    String name = call.name().stringValue();
    if (owner.equals("java/lang/Class") && OF_CLASS.containsKey(name)) {
      return Optional.ofNullable(OF_CLASS.get(name));
    }
    if (LOADERS.contains(owner)) {
      return Optional.ofNullable(OF_LOADER.get(name));
    }
    return Optional.ofNullable(OTHERS.get(owner + "." + name));
  }
}
