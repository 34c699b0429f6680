package io.croft.nativeimage.trace;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import org.jspecify.annotations.Nullable;

/// Puts a note in front of every reflective call of every class that is not the JDK's: GraalVM's
/// tracing agent leaves out what the JDK does by itself as well, because its builder knows the JDK.
///
/// Method references to reflective methods are not seen; a wrong result of that would show in the
/// smoke tests of the binary.
public final class TraceAgent implements ClassFileTransformer {
  private static final String OWN = "io/croft/nativeimage/trace/";

  private TraceAgent() {}

  /// @param file where the notes go, line by line
  public static void premain(String file, Instrumentation instrumentation) {
    Trace.into(Path.of(file));
    instrumentation.addTransformer(new TraceAgent());
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable Module module,
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    if (loader == null
        || loader.equals(ClassLoader.getPlatformClassLoader())
        || name == null
        || name.startsWith(OWN)) {
      return null;
    }
    try {
      return transform(loader, bytes);
    } catch (RuntimeException e) {
      Trace.failed(name, e);
      return null;
    }
  }

  private static byte @Nullable [] transform(ClassLoader loader, byte[] bytes) {
    var resolver =
        ClassHierarchyResolver.ofResourceParsing(loader)
            .orElse(ClassHierarchyResolver.defaultResolver());
    var classes = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver));
    ClassModel model = classes.parse(bytes);
    if (model.methods().stream()
        .noneMatch(method -> method.code().filter(TraceAgent::isReflective).isPresent())) {
      return null;
    }
    String caller = model.thisClass().asInternalName().replace('/', '.');
    return classes.transformClass(
        model, ClassTransform.transformingMethodBodies(_ -> true, new NotingCode(caller)));
  }

  private static boolean isReflective(CodeModel code) {
    return code.elementStream()
        .anyMatch(element ->
            element instanceof InvokeInstruction call && ReflectiveCall.of(call).isPresent());
  }
}
