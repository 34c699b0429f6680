package io.croft.nativeimage;

/// A program that looks a class up by a name that nobody declares.
public final class Undeclared {
  private Undeclared() {}

  static void nothing() {}

  /// @param arguments the name
  public static void main(String[] arguments) throws ReflectiveOperationException {
    Class.forName(arguments[0]).getDeclaredMethod("nothing").invoke(null);
  }
}
