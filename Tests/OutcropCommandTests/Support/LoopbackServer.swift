import Foundation
import OutcropReport

/// A web server on the loopback address for one test: answers each path with what it was given,
/// everything else with 404.
final class LoopbackServer: @unchecked Sendable {
  /// What is sent for a path.
  struct Answer: Sendable {
    var status = "200 OK"
    var body: [UInt8] = []
    /// The length that is promised, when it isn't that of `body`.
    var length: Int?
    /// Whether no length is promised at all.
    var isOpenEnded = false
    var location: String?
    /// Whether the body is sent again and again, slowly, until nobody reads it.
    var isEndless = false
  }

  let port: UInt16
  private let listener: Int32
  private let answers: [String: Answer]

  /// The server's address, without a slash at the end.
  var url: String { "http://127.0.0.1:\(port)" }

  init(_ answers: [String: Answer]) throws {
    self.answers = answers
    listener = socket(AF_INET, socketStream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        answer(connection)
        close(connection)
      }
    }
  }

  /// Stops listening; whoever asks from now on is refused.
  func stop() {
    shutdown(listener, Int32(socketShutdown))
    close(listener)
  }

  private func answer(_ connection: Int32) {
    var request: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !request.suffix(4).elementsEqual([13, 10, 13, 10]) {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return }
      request += buffer[..<count]
    }
    let words = String(decoding: request, as: UTF8.self).split(separator: " ")
    let path = words.count > 1 ? String(words[1]) : ""
    let answer = answers[path] ?? Answer(status: "404 Not Found", body: Array("nothing".utf8))
    var head = "HTTP/1.1 \(answer.status)\r\nConnection: close\r\n"
    if let location = answer.location { head += "Location: \(location)\r\n" }
    if !answer.isOpenEnded { head += "Content-Length: \(answer.length ?? answer.body.count)\r\n" }
    let bytes = Array((head + "\r\n").utf8) + answer.body
    defer { shutdown(connection, Int32(socketShutdown)) }
    if answer.isEndless {
      while bytes.withUnsafeBytes({ send(connection, $0.baseAddress, $0.count, noSignal) }) > 0 {
        usleep(10_000)
      }
    }
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, noSignal)
      }
      if count <= 0 { return }
      sent += count
    }
  }
}

#if canImport(Glibc)
  private let socketStream = Int32(SOCK_STREAM.rawValue)
  private let socketShutdown = SHUT_RDWR
  private let noSignal = Int32(MSG_NOSIGNAL)
#else
  private let socketStream = SOCK_STREAM
  private let socketShutdown = SHUT_RDWR
  private let noSignal: Int32 = 0
#endif
