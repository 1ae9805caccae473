import Glibc

/// Where output goes, and the control sequences (ECMA-48) for it.
enum Terminal {
  static let usual = (columns: 100, rows: 40)
  static let eraseLine = "\u{1B}[K"
  static let home = "\u{1B}[H"
  static let eraseBelow = "\u{1B}[J"

  /// In characters; nil when this is no terminal.
  static func size(of descriptor: CInt) -> (columns: Int, rows: Int)? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1, size.ws_row > 1 else {
      return usual
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Draws the lines from the top of the screen, as many as there is room for.
  static func screen(_ lines: [String], columns: Int, rows: Int) -> String {
    let shown = lines.prefix(rows - 1).map { "\($0.prefix(columns))\(eraseLine)\n" }
    return home + shown.joined() + eraseBelow
  }
}
