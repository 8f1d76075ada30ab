import Testing

@testable import Volumes

@Suite struct CropAndPadTests {
  @Test func croppedVoxelsKeepTheirPositions() throws {
    let volume = try randomVolume(try grid(try size(7, 5, 6)), seed: 4)
    let box = try #require(VoxelBox(x: 2..<6, y: 0..<5, z: 5..<6))
    let result = try volume.cropped(to: box)
    #expect(result.size == (try size(4, 5, 1)))
    for index in result.size.indices {
      let source = index &+ SIMD3(2, 0, 5)
      #expect(result.voxels[result.size.offset(index)] == volume.voxels[volume.size.offset(source)])
      let distance =
        result.geometry.position(ofIndex: index.doubles) - volume.geometry.position(ofIndex: source.doubles)
      #expect(distance.magnitude.max() < 1e-9)
    }
    let whole = try volume.cropped(to: VoxelBox(wholeOf: volume.size))
    #expect(whole.voxels == volume.voxels && whole.geometry == volume.geometry)
  }

  @Test func refusesBoxesOutsideTheVolume() throws {
    let volume = try randomVolume(try grid(try size(3, 3, 3)), seed: 4)
    for box in [VoxelBox(x: 0..<4, y: 0..<1, z: 0..<1), VoxelBox(x: 0..<1, y: -1..<1, z: 0..<1)] {
      let box = try #require(box)
      let error = try #require(throws: VolumeError.self) { _ = try volume.cropped(to: box) }
      #expect(error.code == .boxOutsideVolume)
    }
    #expect(VoxelBox(x: 0..<1, y: 2..<2, z: 0..<1) == nil)
  }

  @Test(arguments: [(13, 32, 9), (1, 2, 0), (1, 3, 1), (31, 32, 0), (5, 5, 0), (9, 4, 0)])
  func shortAxesArePaddedWithTheirBorder(count: Int, minimum: Int, before: Int) throws {
    for axis in Axis.allCases {
      let counts = Axis.allCases.map { $0 == axis ? count : 3 }
      let volume = try randomVolume(try grid(try size(counts[0], counts[1], counts[2])), seed: 6)
      let minima = Axis.allCases.map { $0 == axis ? minimum : 1 }
      let result = try volume.padded(toMinimum: try size(minima[0], minima[1], minima[2]))
      #expect(result.size[axis] == max(count, minimum))
      var shift = SIMD3<Int>()
      shift[axis.rawValue] = before
      for index in result.size.indices {
        var source = index &- shift
        let distance =
          result.geometry.position(ofIndex: index.doubles) - volume.geometry.position(ofIndex: source.doubles)
        #expect(distance.magnitude.max() < 1e-9)
        source[axis.rawValue] = min(max(source[axis.rawValue], 0), count - 1)
        #expect(result.voxels[result.size.offset(index)] == volume.voxels[volume.size.offset(source)])
      }
    }
  }
}
