import ArgumentParser
import GatewayCore
import Glibc

/// Shows and changes the pool of a gateway that serves.
struct Nodes: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show and change the pool while the gateway serves.",
    discussion: """
      What came of it goes to standard output, progress to standard error.
      Exit code: 0; 1 when the gateway refuses, with the reason; 64 for bad usage; 69 when no gateway answers.
      """,
    subcommands: [
      List.self, Add.self, Weight.self, Remove.self, Drain.self, Restore.self, Flush.self,
    ],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the nodes.")

    @OptionGroup var admin: AdminOption

    func run() throws {
      let client = try admin.client()
      let pool = try AdminError.exiting { () throws(AdminError) in try client.pool() }
      StandardOutput.print(NodeTable.lines(pool.nodes).joined(separator: "\n"))
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Empty a node and take it into the pool.",
      discussion: "What the node holds is lost. Keys whose place it is now move to it in the background.")

    @Argument(
      help: "Its name, address and weight: [name=]host:port[*weight].", transform: NodeArgument.node)
    var node: NodeConfiguration
    @OptionGroup var change: ChangeOptions

    func run() throws {
      let address = Endpoint(host: node.host, port: node.port)
      let body = JSONText.object([
        ("address", JSONText.quote("\(address)")), ("weight", "\(node.weight)"),
      ])
      try change.carryOut("PUT", node.name, body: body, until: .settled(node.name)) { _ in
        "\(node.name) is in the pool"
      }
    }
  }

  struct Weight: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a node another weight.",
      discussion: "A node that is drained, or being drained, is a member again after this.")

    @Argument(help: "The node's name.") var name: String
    @Argument(help: "From 0.001 to 1000.", transform: NodeArgument.weight) var weight: Double
    @OptionGroup var change: ChangeOptions

    func run() throws {
      try change.carryOut("PUT", name, body: "{\"weight\":\(weight)}", until: .settled(name)) { _ in
        "\(name) has the weight \(Quantity.weight(weight))"
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Drain a node and take it out of the pool.")

    @Argument(help: "The node's name.") var name: String
    @OptionGroup var change: ChangeOptions

    func run() throws {
      try change.carryOut("DELETE", name, until: .gone(name)) { status in
        status == 204 ? "\(name) is gone" : "\(name) is being drained, and gone then"
      }
    }
  }

  struct Drain: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Move all keys from a node to the others.")

    @Argument(help: "The node's name.") var name: String
    @OptionGroup var change: ChangeOptions

    func run() throws {
      try change.carryOut("POST", name, .drain, until: .drained(name)) { _ in "\(name) is being drained" }
    }
  }

  struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Copy to a node what it lacks.")

    @Argument(help: "The node's name.") var name: String
    @OptionGroup var change: ChangeOptions

    func run() throws {
      try change.carryOut("POST", name, .restore, until: .restored(name)) { _ in "\(name) is being restored" }
    }
  }

  struct Flush: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Empty a node.")

    @Argument(help: "The node's name.") var name: String
    @OptionGroup var admin: AdminOption

    func run() throws {
      let client = try admin.client()
      _ = try AdminError.exiting { () throws(AdminError) in try client.change("POST", name, .flush) }
      StandardOutput.print("\(name) is empty")
    }
  }
}

/// For changes that go on in the background.
struct ChangeOptions: ParsableArguments {
  @OptionGroup var admin: AdminOption

  @Flag(help: "Show how far it is, and end when it is complete.")
  var wait = false

  /// `begun`: what to say without `--wait`, by the status of the answer.
  func carryOut(
    _ method: String, _ name: String, _ action: NodeAction? = nil, body: String? = nil,
    until goal: PoolGoal, begun: (Int) -> String
  ) throws {
    let client = try admin.client()
    let result = try AdminError.exiting { () throws(AdminError) in
      let status = try client.change(method, name, action, body: body)
      return wait ? try PoolWait(client: client, goal: goal).run() : begun(status)
    }
    StandardOutput.print(result)
  }
}

/// Arguments of the commands; what is wrong with them is told by the same words as in the configuration.
enum NodeArgument {
  @Sendable static func node(_ text: String) throws -> NodeConfiguration {
    do {
      return try ValueSyntax.node(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  @Sendable static func weight(_ text: String) throws -> Double {
    do {
      return try ValueSyntax.weight(text)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}
