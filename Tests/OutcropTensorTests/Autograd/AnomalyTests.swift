import OutcropCore
import OutcropTensor
import Testing

@Suite("Anomaly detection")
struct AnomalyTests {
  @Test("names the operation that first made a NaN in the forward pass")
  func forward() throws {
    let x = Tensor<Double>([1, -1]).trackingGradients()
    let anomaly = #expect(throws: NumericalAnomaly.self) {
      try withAnomalyDetection { ((x * 2).sqrt().exp() + 1).sum() }
    }
    #expect(anomaly?.operation == "sqrt" && anomaly?.pass == .forward)
    #expect(anomaly?.shapes == [[2]])
    #expect(
      anomaly?.description
        == "forward pass of `sqrt`: the result of shape [2] holds NaN; its inputs of "
        + "shapes [[2]] hold none")
    let given = #expect(throws: NumericalAnomaly.self) {
      try withAnomalyDetection { Tensor<Float>([.nan]) + 1 }
    }
    #expect(given!.description.contains("its input 0 of shape [1] holds NaN already"))
  }

  @Test("names the operation whose gradient rule first made a NaN")
  func backward() throws {
    // The root's slope at 0 is infinite, and 0 times that is NaN.
    let x = Tensor<Double>([0, 1]).trackingGradients()
    let anomaly = #expect(throws: NumericalAnomaly.self) {
      try withAnomalyDetection { ((x * x).sqrt() * 3).sum().backward() }
    }
    #expect(anomaly?.pass == .backward)
    #expect(anomaly?.operation == "multiply")
    let again = #expect(throws: NumericalAnomaly.self) {
      try withAnomalyDetection {
        Tensor.recomputing(x) { ($0 * $0).sqrt() * 3 }.sum().backward()
      }
    }
    #expect(again?.operation == "multiply")
    // As above through a product that accumulates in place.
    let a = Tensor<Double>([0, 1], shape: [1, 2]).trackingGradients()
    let b = Tensor<Double>([.infinity, 1], shape: [2, 1])
    let product = #expect(throws: NumericalAnomaly.self) {
      try withAnomalyDetection {
        (a + 1).matrixProduct(b).backward(gradient: Tensor([0], shape: [1, 1]))
      }
    }
    #expect(product?.operation == "matrixProduct" && product?.pass == .backward)
  }

  @Test("passes what is sound, infinite values too, and changes no gradient")
  func sound() throws {
    let x = Tensor<Double>([0, 1]).trackingGradients()
    let y = Tensor<Double>([0, 1]).trackingGradients()
    func loss(_ x: Tensor<Double>) -> Tensor<Double> {
      let rows = x.reshaped([1, 2])
      return rows.transposed().matrixProduct(rows).sum() + (rows * rows).sum()
    }
    let value = try withAnomalyDetection {
      let value = loss(x)
      value.backward()
      return value.scalar
    }
    loss(y).backward()
    #expect(value == loss(y).scalar)
    #expect(x.gradient!.values == y.gradient!.values)
    #expect(try withAnomalyDetection { (1 / Tensor<Double>([0])).scalar } == .infinity)
    // Outside, a NaN is nobody's business.
    #expect(Tensor<Double>([-1]).sqrt().scalar.isNaN)
  }
}
