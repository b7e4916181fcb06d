/// Exact selection by rank. All functions work on `UInt32` keys whose order is the order of the
/// numbers that they represent.
package enum Selection {
  /// The key of |x|: the bits without the sign. NaN comes after infinity.
  @inline(__always)
  package static func magnitudeKey(_ x: Float) -> UInt32 { x.bitPattern & 0x7FFF_FFFF }

  /// The key of infinity; larger magnitude keys represent NaN.
  package static let infinityKey: UInt32 = 0x7F80_0000

  /// The key of x in the order of real numbers, −0 before 0.
  @inline(__always)
  static func orderedKey(_ x: Float) -> UInt32 {
    let bits = x.bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  /// The number that `orderedKey` maps to `key`.
  static func number(ofOrderedKey key: UInt32) -> Float {
    Float(bitPattern: key & 0x8000_0000 != 0 ? key & 0x7FFF_FFFF : ~key)
  }

  /// The key with rank `rank` (from 0). Reorders `keys`: smaller ones end before position `rank`,
  /// larger ones after it.
  package static func select(
    _ keys: UnsafeMutablePointer<UInt32>, count: Int, rank: Int
  ) -> UInt32 {
    var low = 0
    var high = count - 1
    var budget = 4 * (Int.bitWidth - count.leadingZeroBitCount)
    while high - low > 10 {
      budget -= 1
      if budget < 0 {
        // The pivots were bad too often, so sort the remaining keys.
        var rest = UnsafeMutableBufferPointer(start: keys + low, count: high - low + 1)
        rest.sort()
        return keys[rank]
      }
      let pivot = medianOfThree(keys[low], keys[(low + high) / 2], keys[high])
      var i = low
      var j = high
      while i <= j {
        while keys[i] < pivot { i += 1 }
        while keys[j] > pivot { j -= 1 }
        if i <= j {
          let swapped = keys[i]
          keys[i] = keys[j]
          keys[j] = swapped
          i += 1
          j -= 1
        }
      }
      if rank <= j {
        high = j
      } else if rank >= i {
        low = i
      } else {
        return keys[rank]
      }
    }
    insertionSort(keys + low, high - low + 1)
    return keys[rank]
  }

  @inline(__always)
  private static func medianOfThree(_ a: UInt32, _ b: UInt32, _ c: UInt32) -> UInt32 {
    max(min(a, b), min(max(a, b), c))
  }

  private static func insertionSort(_ keys: UnsafeMutablePointer<UInt32>, _ count: Int) {
    var i = 1
    while i < count {
      let key = keys[i]
      var j = i
      while j > 0, keys[j - 1] > key {
        keys[j] = keys[j - 1]
        j -= 1
      }
      keys[j] = key
      i += 1
    }
  }

  /// The keys with ranks `lower` and `upper` (from 0, at most one apart) among `count` keys, read
  /// through `key` and not moved: two counting passes over 16 bits each, on all threads.
  @inline(__always)
  static func selectPair(
    count: Int, lower: Int, upper: Int, key: (Int) -> UInt32
  ) -> (lower: UInt32, upper: UInt32) {
    let bins = 1 << 16
    let high = countInParts(count, bins: bins) { Int(key($0) >> 16) }
    let first = find(lower, in: high)
    let second = find(upper, in: high)
    // One more bin takes the keys of other prefixes.
    let lows = countInParts(count, bins: bins + 1) { index in
      let value = key(index)
      return Int(value >> 16) == first.bin ? Int(value & 0xFFFF) : bins
    }
    let prefix = UInt32(first.bin) << 16
    let lowerKey = prefix | UInt32(find(lower - first.before, in: lows).bin)
    if second.bin == first.bin {
      return (lowerKey, prefix | UInt32(find(upper - first.before, in: lows).bin))
    }
    // The key of the upper rank is the smallest key of the next bin that is not empty.
    var upperLow: UInt32 = 0xFFFF
    for index in 0..<count {
      let value = key(index)
      if Int(value >> 16) == second.bin { upperLow = min(upperLow, value & 0xFFFF) }
    }
    return (lowerKey, UInt32(second.bin) << 16 | upperLow)
  }

  /// The bin that contains rank `rank`, and the number of keys before this bin.
  private static func find(_ rank: Int, in counts: [Int]) -> (bin: Int, before: Int) {
    var before = 0
    for (bin, count) in counts.enumerated() {
      if rank < before + count { return (bin, before) }
      before += count
    }
    return (counts.count - 1, before)
  }
}
