/// Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
public enum PrometheusText {
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// One metric with a sample for each of its label's values, which must differ.
  public struct Family {
    public enum Kind: String {
      /// Only rises; its name ends in `_total`.
      case counter
      case gauge
    }

    public let name: String
    public let kind: Kind
    public let help: String
    public let label: String
    public var samples: [(label: String, value: Int)]

    var text: String {
      var text = "# HELP \(name) \(PrometheusText.escapeHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
      for sample in samples {
        text += "\(name){\(label)=\"\(PrometheusText.escapeLabel(sample.label))\"} \(sample.value)\n"
      }
      return text
    }
  }

  public static func render(_ families: [Family]) -> String {
    families.map(\.text).joined()
  }

  private static func escapeHelp(_ text: String) -> String {
    escape(text, ["\\": "\\\\", "\n": "\\n"])
  }

  private static func escapeLabel(_ text: String) -> String {
    escape(text, ["\\": "\\\\", "\n": "\\n", "\"": "\\\""])
  }

  private static func escape(_ text: String, _ escapes: [Unicode.Scalar: String]) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars { escaped += escapes[scalar] ?? String(scalar) }
    return escaped
  }
}
