import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Checks (`check ROOT`) or rewrites (`apply ROOT`) the shape of every Java file under `ROOT` that
/// is not below a `target` folder. Exit code 1 lists the files that are out of shape.
public final class Format {
  public static void main(String[] args) throws Exception {
    boolean apply = args[0].equals("apply");
    Path root = Path.of(args[1]);
    List<Path> files;
    try (var walk = Files.walk(root)) {
      files =
          walk.filter(f -> f.toString().endsWith(".java"))
              .filter(f -> !root.relativize(f).toString().matches("(.*/)?(target|\\.git)/.*"))
              .toList();
    }
    var formatter = new Formatter();
    int bad = 0;
    for (Path file : files) {
      String source = Files.readString(file);
      String shaped;
      try {
        shaped =
            formatter.formatSourceAndFixImports(RemoveUnusedImports.removeUnusedImports(source));
      } catch (FormatterException e) {
        System.err.println(root.relativize(file) + " is no Java: " + e.getMessage());
        bad++;
        continue;
      }
      if (source.equals(shaped)) {
        continue;
      }
      if (apply) {
        Files.writeString(file, shaped);
      } else {
        System.err.println("out of shape: " + root.relativize(file));
        bad++;
      }
    }
    if (bad > 0) {
      System.err.println(
          bad + " file(s) out of shape; mend most with: ./mvnw -N validate -Dformat=apply");
      System.exit(1);
    }
  }
}
