/// Sorting by counting: three passes over 11 bits each.
package enum RadixSort {
  /// `values` in ascending order, −0 before 0. `values` must not contain NaN.
  package static func sorted(_ values: [Float]) -> [Float] {
    if values.count < 512 { return values.sorted() }
    let bits = 11
    let bins = 1 << bits
    let mask = UInt32(bins - 1)
    var keys = values.map { Selection.orderedKey($0) }
    var other = [UInt32](repeating: 0, count: keys.count)
    var counts = [Int](repeating: 0, count: 3 * bins)
    for key in keys {
      counts[Int(key & mask)] += 1
      counts[bins + Int((key >> 11) & mask)] += 1
      counts[2 * bins + Int(key >> 22)] += 1
    }
    for pass in 0..<3 {
      let shift = UInt32(pass * bits)
      var next = 0
      for bin in pass * bins..<(pass + 1) * bins {
        let count = counts[bin]
        counts[bin] = next
        next += count
      }
      keys.withUnsafeBufferPointer { source in
        other.withUnsafeMutableBufferPointer { target in
          counts.withUnsafeMutableBufferPointer { positions in
            for key in source {
              let bin = pass * bins + Int((key >> shift) & mask)
              target[positions[bin]] = key
              positions[bin] += 1
            }
          }
        }
      }
      swap(&keys, &other)
    }
    return keys.map { Selection.number(ofOrderedKey: $0) }
  }
}
