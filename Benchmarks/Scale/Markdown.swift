func table(_ title: String, _ header: [String], _ rows: [[String]]) -> String {
  let lines = [header, header.map { _ in "---:" }] + rows
  return "**\(title)**\n\n" + lines.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
}

func decimals(_ value: Double, _ count: Int) -> String {
  var scale = 1.0
  for _ in 0..<count { scale *= 10 }
  let scaled = Int((value * scale).rounded())
  let fraction = String(Int(scale) + scaled % Int(scale)).dropFirst()
  return "\(scaled / Int(scale)).\(fraction)"
}

func percent(_ share: Double, _ count: Int) -> String { decimals(share * 100, count) + " %" }

/// With commas between thousands.
func grouped(_ number: Int) -> String {
  number < 1000 ? "\(number)" : "\(grouped(number / 1000)),\(String(1000 + number % 1000).dropFirst())"
}
