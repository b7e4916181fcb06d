import OutcropTensor

/// Where `found` differs from `expected` by more than `tolerance` of the largest expected magnitude, or
/// of `scale` where that is larger (NaN equals NaN, infinities equal themselves), in words; nil when it
/// doesn't.
public func difference<Found: BinaryFloatingPoint, Expected: BinaryFloatingPoint>(
  _ name: String, _ found: [Found], _ expected: [Expected], tolerance: Double, scale: Double = 0
) -> String? {
  if found.count != expected.count {
    return "\(name): found \(found.count) values, expected \(expected.count)"
  }
  let scale = expected.reduce(scale) { $1.isFinite ? max($0, Double($1.magnitude)) : $0 }
  var (worst, place, beyond) = (0.0, 0, 0)
  for (index, (f, e)) in zip(found, expected).enumerated() {
    let (f, e) = (Double(f), Double(e))
    if f == e || (f.isNaN && e.isNaN) { continue }
    let gap = abs(f - e)
    if gap <= tolerance * scale { continue }
    beyond += 1
    // A NaN or an infinity on one side is the worst there is.
    let size = gap.isFinite ? gap : .infinity
    if size > worst { (worst, place) = (size, index) }
  }
  if beyond == 0 { return nil }
  return
    "\(name): \(beyond) of \(found.count) values differ; worst at \(place): found \(found[place]), "
    + "expected \(expected[place]), a gap of \(worst / (scale == 0 ? 1 : scale)) of the largest "
    + "magnitude \(scale), tolerated \(tolerance)"
}

/// As `difference(_:_:_:tolerance:scale:)`, for a tensor, whose shape is compared too.
public func difference<Scalar: TensorScalar>(
  _ name: String, _ found: Tensor<Scalar>, _ expected: Tensor<some TensorScalar>, tolerance: Double,
  scale: Double = 0
) -> String? {
  if found.shape != expected.shape {
    return "\(name): found the shape \(found.shape), expected \(expected.shape)"
  }
  return difference(name, found.values, expected.values, tolerance: tolerance, scale: scale)
}
