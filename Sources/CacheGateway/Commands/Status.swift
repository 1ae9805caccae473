import ArgumentParser
import GatewayCore
import Glibc

/// Shows the nodes, and what is on its way between them.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the nodes, restores and moves of keys.",
    discussion: "Exit code: 0; 1 when the gateway refuses; 64 for bad usage; 69 when no gateway answers.")

  @OptionGroup var admin: AdminOption

  @Flag(help: "Show it again every second, until ^C.")
  var watch = false

  @Flag(help: "As JSON, as GET /nodes answers it: one line each time.")
  var json = false

  func run() throws {
    let client = try admin.client()
    try AdminError.exiting { () throws(AdminError) in try show(client, isFirst: true) }
    guard watch else { return }
    while true {
      sleep(1)
      do throws(AdminError) {
        try show(client, isFirst: false)
      } catch {
        // It may be restarting.
        StandardError.print("cache-gateway: \(error)")
      }
    }
  }

  private func show(_ client: AdminClient, isFirst: Bool) throws(AdminError) {
    if json { return StandardOutput.write(try client.poolJSON().text) }
    let size = Terminal.size(of: STDOUT_FILENO)
    let lines = PoolScreen.lines(try client.pool(), width: size?.columns ?? Terminal.usual.columns)
    if watch, let size {
      StandardOutput.write(Terminal.screen(lines, columns: size.columns, rows: size.rows))
    } else {
      StandardOutput.print(((isFirst ? [] : [""]) + lines).joined(separator: "\n"))
    }
  }
}
