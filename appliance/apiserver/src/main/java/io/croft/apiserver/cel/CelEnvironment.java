package io.croft.apiserver.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelVarDecl;
import dev.cel.common.ast.CelReference;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.StructType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Variables and their types: what an expression is checked against. Immutable; the machinery
/// behind it is loaded when the first one is made.
public final class CelEnvironment {
  private final Map<String, DeclaredType> variables;
  private final boolean patches;
  private final CelCompiler compiler;

  private CelEnvironment(Map<String, DeclaredType> variables, boolean patches) {
    this.variables = Map.copyOf(variables);
    this.patches = patches;
    var builder = Base.COMPILER.toCompilerBuilder();
    variables.forEach((name, type) ->
        builder.addVarDeclarations(CelVarDecl.newVarDeclaration(name, type.celType())));
    if (patches) {
      builder.addFunctionDeclarations(PatchTypes.declaration());
    }
    this.compiler = builder.setTypeProvider(new NamedTypes(this.variables, null)).build();
  }

  public static CelEnvironment of(Map<String, DeclaredType> variables) {
    return new CelEnvironment(variables, false);
  }

  /// With more variables.
  public CelEnvironment with(Map<String, DeclaredType> more) {
    var all = new LinkedHashMap<>(variables);
    all.putAll(more);
    return new CelEnvironment(all, patches);
  }

  /// With the types and functions that patches are made of: `Object.spec{…}`, `JSONPatch{…}`,
  /// `jsonpatch.escapeKey`.
  public CelEnvironment withPatches() {
    return new CelEnvironment(variables, true);
  }

  private static final class Base {
    private static final CelOptions OPTIONS =
        CelOptions.current()
            .enableHeterogeneousNumericComparisons(true)
            .enableOptionalSyntax(true)
            .enableHiddenAccumulatorVar(true)
            .build();

    static final CelCompiler COMPILER =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addMacros(Macros.all())
            .addFunctionDeclarations(Library.declarations())
            .build();
  }

  /// The types of objects, by the names that schemas give them.
  ///
  /// @param patch what an expression that makes a patch sees besides; null for others
  @SuppressWarnings("Immutable") // the map is a copy, and schemas only remember what they have read
  private record NamedTypes(Map<String, DeclaredType> variables, @Nullable PatchTypes patch)
      implements CelTypeProvider {
    @Override
    public ImmutableCollection<CelType> types() {
      return ImmutableList.of();
    }

    @Override
    public Optional<CelType> findType(String name) {
      if (name.equals(Types.TIMESTAMP.name())) {
        return Optional.of(Types.TIMESTAMP);
      }
      if (name.equals(Types.DURATION.name())) {
        return Optional.of(Types.DURATION);
      }
      for (DeclaredType variable : variables.values()) {
        Optional<StructType> found = variable.find(name);
        if (found.isPresent()) {
          return Optional.of(found.get());
        }
      }
      return patch == null ? Optional.empty() : patch.find(name);
    }
  }

  /// @throws CelCompileException when it cannot be parsed, or does not fit the types
  public CelProgram compile(String source) throws CelCompileException {
    Meter.letOthersRun(); // there may be many expressions to compile
    try {
      CelAbstractSyntaxTree ast = compiler(source).compile(source).getAst();
      var used = new TreeSet<String>();
      ast.getReferenceMap().values().stream()
          .map(CelReference::name)
          .filter(variables::containsKey)
          .forEach(used::add);
      // What is named in the type is known to this environment, and to all that are made of it:
      // were each variable to know it too, that of another in turn, looking up would never end.
      var type = new DeclaredType(ast.getResultType(), name -> null);
      return new CelProgram(Planner.plan(ast), type, used, Selections.of(ast));
    } catch (CelValidationException e) {
      throw new CelCompileException(
          Objects.requireNonNullElse(e.getMessage(), "invalid expression"));
    } catch (StackOverflowError e) {
      throw new CelCompileException("the expression nests too deeply");
    }
  }

  private CelCompiler compiler(String source) {
    if (!patches) {
      return compiler;
    }
    var types = new NamedTypes(variables, PatchTypes.of(source));
    return compiler.toCompilerBuilder().setTypeProvider(types).build();
  }
}
