import GatewayCore

/// `/openapi.yaml`: the description of this interface, from the program itself.
struct OpenAPIRoute {
  private let document = Bytes(PackageResources.openapi_yaml)

  func plan(_ method: Method) -> Plan {
    .reading(method) {
      // RFC 9512 section 2.1.
      Response(200, body: document)
        .adding("Content-Type", "application/yaml")
        .adding("Cache-Control", "no-store")
    }
  }
}
