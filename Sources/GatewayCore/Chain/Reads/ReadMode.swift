/// How long a read waits for the other links of the placement once one has answered with a value.
public enum ReadMode: Sendable {
  /// As the settings have it: for the read grace.
  case configured
  /// Not at all.
  case first
  /// Until each has answered or timed out.
  case newest
}
