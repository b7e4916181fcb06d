import Foundation
import Outcrop

/// Gives each run to the first free rank: the rank that locks the run's file runs it. The system releases the locks
/// of a process that ends for any reason.
final class RunClaims {
  private let folder: String
  private var descriptors: [Int32] = []

  /// Claims in `folder`, which all ranks see; it is made when it is missing.
  init(in folder: String) throws {
    self.folder = folder
    try SystemFiles.createFolder(folder)
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Whether this process has the run now. If files cannot be locked, runs are assigned round-robin.
  func take(_ run: Int) throws -> Bool {
    let path = "\(folder)/\(run)"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw InputError.system(path, "open") }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
      descriptors.append(descriptor)
      return true
    }
    let isTaken = errno == EWOULDBLOCK
    close(descriptor)
    return !isTaken && run % Ranks.communicator.size == Ranks.communicator.rank
  }
}
