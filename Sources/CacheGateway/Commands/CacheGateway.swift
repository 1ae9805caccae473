import ArgumentParser

@main
struct CacheGateway: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache-gateway",
    abstract: "An HTTP cache over a replicated, self-repairing chain of memcached nodes.",
    subcommands: [Serve.self, Check.self, Status.self, Nodes.self],
    defaultSubcommand: Serve.self)
}
