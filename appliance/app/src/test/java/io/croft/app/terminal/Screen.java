package io.croft.app.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a terminal shows after it was sent a text; knows line ends, `ESC [ n A` (up), `ESC [ 2 K`
/// (erase the line) and colours.
final class Screen {
  private static final Pattern PIECE =
      Pattern.compile("\u001b\\[(\\d*)([AKm])|(\r?\n)|([^\u001b\r\n]+)");

  private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
  private int row;

  private Screen() {}

  static List<String> after(String text) {
    var screen = new Screen();
    Matcher pieces = PIECE.matcher(text);
    while (pieces.find()) {
      screen.take(pieces);
    }
    return screen.lines.stream().map(StringBuilder::toString).filter(l -> !l.isEmpty()).toList();
  }

  private void take(Matcher piece) {
    if (piece.group(4) != null) {
      lines.get(row).append(piece.group(4));
    } else if (piece.group(3) != null) {
      row++;
      if (row == lines.size()) {
        lines.add(new StringBuilder());
      }
    } else if (piece.group(2).equals("A")) {
      row -= Integer.parseInt(piece.group(1));
    } else if (piece.group(2).equals("K")) {
      lines.get(row).setLength(0);
    }
  }
}
