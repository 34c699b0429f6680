package io.croft.app.command;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Rows of text under headings.
final class Table {
  private static final String GAP = "   ";

  private final List<String> columns;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... columns) {
    this.columns = List.of(columns);
  }

  /// @param cells one for each column
  void row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(cells.length + " cells in " + columns.size() + " columns");
    }
    rows.add(List.of(cells));
  }

  void print(PrintStream out) {
    var lines = new ArrayList<List<String>>();
    lines.add(columns);
    lines.addAll(rows);
    for (List<String> line : lines) {
      var text = new StringBuilder();
      for (int i = 0; i < columns.size(); i++) {
        text.append(padded(line.get(i), width(lines, i))).append(GAP);
      }
      out.println(text.toString().stripTrailing());
    }
  }

  private static int width(List<List<String>> lines, int column) {
    return lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }
}
