import Foundation
import Phantom
import Testing

struct ElementaryFunctionsTests {
  @Test func expAgreesWithTheCLibrary() {
    for x in stride(from: -40.0, through: 40, by: 0.0137) {
      #expect(abs(ElementaryFunctions.exp(x) / Foundation.exp(x) - 1) < 1e-14, "exp(\(x))")
    }
    #expect(ElementaryFunctions.exp(-1000) == 0)
  }

  @Test func logAgreesWithTheCLibrary() {
    for x in stride(from: 0.0037, through: 300, by: 0.0731) {
      let expected = Foundation.log(x)
      #expect(abs(ElementaryFunctions.log(x) - expected) <= 1e-14 * max(abs(expected), 1e-2), "log(\(x))")
    }
    for exponent in -300...300 {
      let x = Foundation.pow(10, Double(exponent))
      #expect(abs(ElementaryFunctions.log(x) - Foundation.log(x)) <= 1e-14 * abs(Foundation.log(x)), "log(\(x))")
    }
  }

  @Test func sineAndCosineAgreeWithTheCLibrary() {
    for x in stride(from: -100.0, through: 100, by: 0.0173) {
      #expect(abs(ElementaryFunctions.sin(x) - Foundation.sin(x)) <= 1e-14 * max(abs(Foundation.sin(x)), 1e-2))
      #expect(abs(ElementaryFunctions.cos(x) - Foundation.cos(x)) <= 1e-14 * max(abs(Foundation.cos(x)), 1e-2))
    }
  }

  @Test func powAgreesWithTheCLibrary() {
    for base in [0.01, 0.3, 1, 1.7, 12, 250] {
      for exponent in [-3, -0.7, 0, 0.4, 1, 2.4] {
        let expected = Foundation.pow(base, exponent)
        #expect(abs(ElementaryFunctions.pow(base, exponent) / expected - 1) < 1e-14, "\(base) to \(exponent)")
      }
    }
  }
}
