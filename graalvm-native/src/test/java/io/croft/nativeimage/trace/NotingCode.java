package io.croft.nativeimage.trace;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/// Copies code, and has each reflective call tell [Trace] its arguments before it is done.
final class NotingCode implements CodeTransform {
  private static final ClassDesc TRACE = ClassDesc.of(Trace.class.getName());
  private static final MethodTypeDesc NOTE =
      MethodTypeDesc.of(
          ConstantDescs.CD_void,
          ConstantDescs.CD_String,
          ConstantDescs.CD_String,
          ConstantDescs.CD_Object.arrayType());

  private final String caller;

  NotingCode(String caller) {
    this.caller = caller;
  }

  @Override
  public void accept(CodeBuilder builder, CodeElement element) {
    if (element instanceof InvokeInstruction call) {
      ReflectiveCall.of(call).ifPresent(kind -> note(builder, call, kind));
    }
    builder.with(element);
  }

  /// The arguments leave the stack for variables of their own, and come back.
  private void note(CodeBuilder builder, InvokeInstruction call, ReflectiveCall kind) {
    List<TypeKind> kinds = new ArrayList<>();
    if (call.opcode() != Opcode.INVOKESTATIC) {
      kinds.add(TypeKind.REFERENCE);
    }
    call.typeSymbol().parameterList().stream().map(TypeKind::from).forEach(kinds::add);
    int[] slots = kinds.stream().mapToInt(builder::allocateLocal).toArray();
    for (int i = slots.length - 1; i >= 0; i--) {
      builder.storeLocal(kinds.get(i), slots[i]);
    }
    builder.loadConstant(kind.name()).loadConstant(caller);
    builder.loadConstant(slots.length).anewarray(ConstantDescs.CD_Object);
    for (int i = 0; i < slots.length; i++) {
      if (kinds.get(i) == TypeKind.REFERENCE) {
        builder.dup().loadConstant(i).aload(slots[i]).aastore();
      }
    }
    builder.invokestatic(TRACE, "note", NOTE);
    for (int i = 0; i < slots.length; i++) {
      builder.loadLocal(kinds.get(i), slots[i]);
    }
  }
}
