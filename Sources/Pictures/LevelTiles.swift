public import Volumes

/// Small pictures of an organ at several levels of a view, all of one size and scale, cut to the organ's surroundings.
public struct LevelTiles: Sendable {
  /// One level.
  public struct Tile: Sendable {
    /// The view, in the patient's terms.
    public let view: View
    /// Index of the slice along the view's array axis, from 0.
    public let slice: Int
    /// Number of slices along it.
    public let sliceCount: Int
    /// The picture, `LevelTiles.extent` pixels a side.
    public let image: RGBImage

    /// For a reader: "Axial, slice 12 of 90".
    public var caption: String { "\(view.inWords), slice \(slice + 1) of \(sliceCount)" }
  }

  /// Levels a view, where the organ covers as many slices.
  public static let levelCount = 6
  /// Pixels along a tile's side.
  public static let extent = 240
  /// What is shown around the organ on every side, mm.
  private static let surroundings = 20.0

  /// Axial, coronal, sagittal; in each from the top of the page's reading direction on: rising slice numbers.
  public let tiles: [Tile]

  /// Draws them; none for an empty mask. Cost: 18 small pictures, about 40 ms.
  public init(_ renderer: OverlayRenderer) {
    guard let box = VoxelBox(enclosing: renderer.mask) else {
      tiles = []
      return
    }
    let geometry = renderer.volume.geometry
    let side =
      Axis.allCases.map { Double(box[$0].count) * geometry.spacing[$0.rawValue] }.reduce(0, max) + 2 * Self.surroundings
    let pixel = side / Double(Self.extent)
    tiles = [View.axial, .coronal, .sagittal].flatMap { view in
      let plane = PicturePlane(view: view, geometry: geometry)
      return Self.levels(of: box[plane.sliceAxis]).map { slice in
        let grid = PictureGrid(
          plane: plane, geometry: geometry, slice: slice, around: box, side: side, pixelMillimetres: pixel)
        var image = grid.grayImage(of: renderer.volume)
        if let probability = renderer.probability {
          grid.fill(probability, colour: renderer.colour, strongest: 0.4, in: &image)
        }
        OrganOutline(mask: renderer.mask, grid: grid).draw(colour: renderer.colour, in: &image)
        let tile = image.centred(onBlackOfAtLeast: Self.extent, columns: Self.extent)
        return Tile(
          view: view, slice: slice, sliceCount: geometry.size[plane.sliceAxis],
          image: tile.labelled("slice \(slice + 1)", edges: plane.edges))
      }
    }
  }

  /// Evenly spread over the organ, the ends half a step inside.
  static func levels(of slices: Range<Int>) -> [Int] {
    let count = min(levelCount, slices.count)
    return (0..<count).map { slices.lowerBound + (2 * $0 + 1) * slices.count / (2 * count) }
  }

  /// All tiles in one picture, a row a view, with the purpose below; for teams without a browser. Nil without tiles.
  public func montage(title: String) -> RGBImage? {
    guard !tiles.isEmpty else { return nil }
    let gap = 4
    let step = Self.extent + gap
    let line = 28
    var canvas = RGBImage(blackRows: line + 3 * step + line, columns: Self.levelCount * step + gap)
    for (row, view) in [View.axial, .coronal, .sagittal].enumerated() {
      for (column, tile) in tiles.filter({ $0.view == view }).enumerated() {
        canvas.place(tile.image, row: line + row * step, column: gap + column * step)
      }
    }
    canvas.write(title.lowercased(), row: 7, column: gap + 4)
    canvas.write("axial, coronal, sagittal", row: 7, rightColumn: canvas.columns - gap - 4)
    canvas.write("research use, not for diagnosis", row: canvas.rows - 21, column: gap + 4)
    return canvas
  }
}

extension RGBImage {
  /// The tile with its slice and the patient directions at its left and top edge.
  fileprivate func labelled(_ words: String, edges: PicturePlane.Edges) -> RGBImage {
    var tile = self
    tile.draw([
      .text(words, row: 6, column: 6, dot: 2),
      .text(String(edges.left), row: rows / 2 - 7, column: 6, dot: 2),
      .text(String(edges.top), row: 6, column: columns / 2 - 5, dot: 2),
    ])
    return tile
  }

  fileprivate mutating func write(_ words: String, row: Int, column: Int) {
    draw([.text(words, row: row, column: column, dot: 2)])
  }

  fileprivate mutating func write(_ words: String, row: Int, rightColumn: Int) {
    write(words, row: row, column: rightColumn - 2 * BitmapFont.width(of: words))
  }

  /// Copies a picture that lies wholly inside this one.
  fileprivate mutating func place(_ image: RGBImage, row top: Int, column left: Int) {
    precondition(top + image.rows <= rows && left + image.columns <= columns, "the tile lies outside the montage")
    for row in 0..<image.rows {
      let start = ((top + row) * columns + left) * 3
      rgb.replaceSubrange(
        start..<start + image.columns * 3, with: image.rgb[row * image.columns * 3..<(row + 1) * image.columns * 3])
    }
  }
}
