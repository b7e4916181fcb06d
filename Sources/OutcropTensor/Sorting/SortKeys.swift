import OutcropCore

/// Sorts by integer keys, stably: a merge sort for short lists, a radix sort for long ones.
struct KeySorter {
  /// The keys in sorted order.
  private(set) var keys: [UInt64] = []
  private var otherKeys: [UInt64] = []
  private(set) var order: [Int] = []
  private var otherOrder: [Int] = []

  /// Fills `order` with 0 ..< `count`, sorted by `key`; equal keys keep their order.
  mutating func sort(_ count: Int, key: (Int) -> UInt64) {
    if keys.count != count {
      keys = Array(repeating: 0, count: count)
      (otherKeys, order) = (keys, Array(repeating: 0, count: count))
      otherOrder = order
    }
    var (all, any): (UInt64, UInt64) = (.max, 0)
    for index in 0..<count {
      let value = key(index)
      keys[index] = value
      order[index] = index
      all &= value
      any |= value
    }
    if count < 256 {
      mergeSort(count)
      return
    }
    // A byte in which all keys agree needs no pass.
    for shift in stride(from: 0, to: 64, by: 8) where ((all ^ any) >> UInt64(shift)) & 255 != 0 {
      radixPass(count, UInt64(shift))
    }
  }

  /// Fills `order` with the first `k` of the sorted order of 0 ..< `count`; `k` is at least 1.
  @inline(__always)
  mutating func select(_ k: Int, of count: Int, key: (Int) -> UInt64) {
    if keys.count != k {
      keys = Array(repeating: 0, count: k)
      order = Array(repeating: 0, count: k)
    }
    keys.withUnsafeMutableBufferPointer { keys in
      order.withUnsafeMutableBufferPointer { order in
        for index in 0..<count {
          let value = key(index)
          if index >= k, value >= keys[k - 1] { continue }
          var place = Swift.min(index, k - 1)
          while place > 0, keys[place - 1] > value {
            keys[place] = keys[place - 1]
            order[place] = order[place - 1]
            place -= 1
          }
          (keys[place], order[place]) = (value, index)
        }
      }
    }
  }

  private mutating func radixPass(_ count: Int, _ shift: UInt64) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { starts in
      starts.initialize(repeating: 0)
      keys.withUnsafeBufferPointer { keys in
        order.withUnsafeBufferPointer { order in
          otherKeys.withUnsafeMutableBufferPointer { otherKeys in
            otherOrder.withUnsafeMutableBufferPointer { otherOrder in
              for index in 0..<count { starts[Int((keys[index] >> shift) & 255)] += 1 }
              var next = 0
              for byte in 0..<256 { (starts[byte], next) = (next, next + starts[byte]) }
              for index in 0..<count {
                let byte = Int((keys[index] >> shift) & 255)
                let place = starts[byte]
                starts[byte] = place + 1
                otherKeys[place] = keys[index]
                otherOrder[place] = order[index]
              }
            }
          }
        }
      }
    }
    swap(&keys, &otherKeys)
    swap(&order, &otherOrder)
  }

  private mutating func mergeSort(_ count: Int) {
    let run = 16
    keys.withUnsafeMutableBufferPointer { keys in
      order.withUnsafeMutableBufferPointer { order in
        var start = 0
        while start < count {
          for index in (start + 1)..<max(start + 1, min(start + run, count)) {
            let (key, value) = (keys[index], order[index])
            var place = index
            while place > start, keys[place - 1] > key {
              keys[place] = keys[place - 1]
              order[place] = order[place - 1]
              place -= 1
            }
            (keys[place], order[place]) = (key, value)
          }
          start += run
        }
      }
    }
    var width = run
    while width < count {
      merge(count, width)
      swap(&keys, &otherKeys)
      swap(&order, &otherOrder)
      width *= 2
    }
  }

  private mutating func merge(_ count: Int, _ width: Int) {
    var start = 0
    while start < count {
      let (middle, end) = (min(start + width, count), min(start + 2 * width, count))
      var (left, right) = (start, middle)
      for place in start..<end {
        if left < middle, right == end || keys[left] <= keys[right] {
          (otherKeys[place], otherOrder[place]) = (keys[left], order[left])
          left += 1
        } else {
          (otherKeys[place], otherOrder[place]) = (keys[right], order[right])
          right += 1
        }
      }
      start = end
    }
  }
}

/// A key whose order is that of the numbers: NaN after all numbers, −0 equal to 0.
@inline(__always)
func sortKey(_ x: Float) -> UInt64 {
  if x.isNaN { return UInt64(UInt32.max) }
  let bits = (x + 0).bitPattern
  return UInt64(bits >> 31 == 1 ? ~bits : bits | 0x8000_0000)
}

/// The same for `Double`.
@inline(__always)
func sortKey(_ x: Double) -> UInt64 {
  if x.isNaN { return .max }
  let bits = (x + 0).bitPattern
  return bits >> 63 == 1 ? ~bits : bits | 0x8000_0000_0000_0000
}

@inline(__always)
func sortKey(_ x: Int32) -> UInt64 { UInt64(UInt32(bitPattern: x) ^ 0x8000_0000) }

@inline(__always)
func sortKey(_ x: Int64) -> UInt64 { UInt64(bitPattern: x) ^ 0x8000_0000_0000_0000 }

/// Fills `order` with the sorted order of `count` numbers at distances of `stride`.
func sort<Number: TensorNumber>(
  _ x: UnsafePointer<Number>, stride: Int, count: Int, descending: Bool, _ sorter: inout KeySorter
) {
  order(x, stride, descending) { sorter.sort(count, key: $0) }
}

/// Fills `order` with the first `k` of that order.
func select<Number: TensorNumber>(
  _ k: Int, _ x: UnsafePointer<Number>, stride: Int, count: Int, descending: Bool,
  _ sorter: inout KeySorter
) {
  order(x, stride, descending) { sorter.select(k, of: count, key: $0) }
}

/// Calls `body` with a function that gives the key of a number by its place.
@inline(__always)
private func order<Number: TensorNumber>(
  _ x: UnsafePointer<Number>, _ stride: Int, _ descending: Bool, _ body: ((Int) -> UInt64) -> Void
) {
  let raw = UnsafeRawPointer(x)
  // Complemented keys sort in descending order and keep equal elements in theirs.
  let (mask32, mask64): (UInt64, UInt64) = descending ? (UInt64(UInt32.max), .max) : (0, 0)
  switch Number.elementType {
  case .float32:
    let x = raw.assumingMemoryBound(to: Float.self)
    body { sortKey(x[$0 * stride]) ^ mask32 }
  case .float64:
    let x = raw.assumingMemoryBound(to: Double.self)
    body { sortKey(x[$0 * stride]) ^ mask64 }
  case .int32:
    let x = raw.assumingMemoryBound(to: Int32.self)
    body { sortKey(x[$0 * stride]) ^ mask32 }
  default:
    let x = raw.assumingMemoryBound(to: Int64.self)
    body { sortKey(x[$0 * stride]) ^ mask64 }
  }
}
