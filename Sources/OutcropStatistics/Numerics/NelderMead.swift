/// Minimization without derivatives (Nelder and Mead 1965, "A simplex method for function minimization"), for
/// likelihoods of two to four parameters.
enum NelderMead {
  /// A minimum of `function` near `start`.
  ///
  /// - Parameters:
  ///   - start: the first corner of the simplex.
  ///   - step: how far the other corners are away, along one coordinate each.
  ///   - tolerance: the search ends when the values at all corners differ by less, and the corners by less than
  ///     its square root.
  ///   - limit: the most evaluations.
  ///   - function: infinite where it is not defined.
  static func minimum(
    from start: [Double], step: Double, tolerance: Double = 1e-13, limit: Int = 2000,
    _ function: ([Double]) -> Double
  ) -> (point: [Double], value: Double) {
    let count = start.count
    func value(_ point: [Double]) -> Double {
      let found = function(point)
      return found.isNaN ? .infinity : found
    }
    var corners = [(point: start, value: value(start))]
    for index in 0..<count {
      var point = start
      point[index] += step
      corners.append((point, value(point)))
    }
    var evaluations = count + 1
    func moved(_ center: [Double], _ worst: [Double], _ factor: Double) -> [Double] {
      zip(center, worst).map { $0 + factor * ($1 - $0) }
    }
    while evaluations < limit {
      corners.sort { $0.value < $1.value }
      let (best, worst) = (corners[0], corners[count])
      let reach = corners.dropFirst().reduce(0.0) { reach, corner in
        zip(corner.point, best.point).reduce(reach) { max($0, abs($1.0 - $1.1)) }
      }
      if abs(worst.value - best.value) <= tolerance, reach <= tolerance.squareRoot() { break }
      var center = [Double](repeating: 0, count: count)
      for corner in corners.dropLast() {
        for index in 0..<count { center[index] += corner.point[index] / Double(count) }
      }
      func attempt(_ factor: Double) -> (point: [Double], value: Double) {
        evaluations += 1
        let point = moved(center, worst.point, factor)
        return (point, value(point))
      }
      let reflected = attempt(-1)
      if reflected.value < best.value {
        let expanded = attempt(-2)
        corners[count] = expanded.value < reflected.value ? expanded : reflected
      } else if reflected.value < corners[count - 1].value {
        corners[count] = reflected
      } else {
        let contracted = attempt(reflected.value < worst.value ? -0.5 : 0.5)
        if contracted.value < min(reflected.value, worst.value) {
          corners[count] = contracted
        } else {
          for index in 1...count {
            corners[index].point = moved(best.point, corners[index].point, 0.5)
            corners[index].value = value(corners[index].point)
          }
          evaluations += count
        }
      }
    }
    let best = corners.min { $0.value < $1.value }!
    return best
  }
}
