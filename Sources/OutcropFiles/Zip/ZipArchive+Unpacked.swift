import Foundation
import OutcropCore

extension ZipArchive {
  /// A member's content as a temporary file without a name, which the system deletes when it is closed.
  func unpacked(_ member: Member) throws -> MappedFile {
    var template = Array((NSTemporaryDirectory() + "/outcrop-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard descriptor >= 0 else { throw InputError.system(path, "create") }
    // Unlinked at once, so that a killed process leaves no file.
    unlink(path)
    do {
      try forEachPart(of: member) { part in
        var written = 0
        while written < part.count {
          let count = write(descriptor, part.baseAddress! + written, part.count - written)
          if count < 0 && errno == EINTR { continue }
          guard count > 0 else { throw InputError.system(path, "write") }
          written += count
        }
      }
    } catch {
      close(descriptor)
      throw error
    }
    return try MappedFile(descriptor: descriptor, path, keepsOpen: true)
  }
}
