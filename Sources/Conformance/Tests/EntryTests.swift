import CIslet
import Glibc

/// Loading, versions, the table and its texts.
let entryTests: [ConformanceTest] = [
  ConformanceTest("entry-gives-table", "the entry gives a complete table of this major version") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    try promise(
      plugin.table.pointee.abi_version >> 16 == ISLET_ABI_MAJOR,
      "the table's abi_version is \(plugin.table.pointee.abi_version >> 16).x, expected \(ISLET_ABI_MAJOR).x")
  },
  ConformanceTest("entry-repeats", "the entry may be called again and gives the same table") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    for _ in 0..<3 {
      var table: UnsafePointer<islet_plugin>?
      try expect(plugin.entry(LoadedPlugin.version, nil, &table), ISLET_OK, "the entry, called again")
      try promise(table == plugin.table, "the entry gave another table than before")
    }
  },
  ConformanceTest("entry-null-table", "an entry without a place for the table is refused") { subject in
    try expect(
      LoadedPlugin(subject.plugin).entry(LoadedPlugin.version, nil, nil), ISLET_ERROR_ARGUMENT, "entry, plugin NULL")
  },
  ConformanceTest("entry-other-major", "another major version is refused and gives no table") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    for version in [0, 7, (UInt32(ISLET_ABI_MAJOR) + 1) << 16, UInt32.max] {
      var table: UnsafePointer<islet_plugin>? = plugin.table
      try expect(plugin.entry(version, nil, &table), ISLET_ERROR_ABI_MISMATCH, "entry for version \(version)")
      try promise(table == nil, "entry for version \(version): refused, but the table is not NULL")
    }
  },
  ConformanceTest("entry-other-minor", "another minor version fits") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    for minor in [UInt32(7), 0xFFFF] {
      var table: UnsafePointer<islet_plugin>?
      let version = UInt32(ISLET_ABI_MAJOR) << 16 | minor
      try expect(plugin.entry(version, nil, &table), ISLET_OK, "entry for minor version \(minor)")
      try promise(table != nil, "entry for minor version \(minor): ISLET_OK but no table")
    }
  },
  ConformanceTest("entry-small-host", "a host table that ends too early is refused") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    for size in [0, 4, StructSizes.host.least - 1] {
      // So much memory and no more: what lies behind it must not be read.
      let memory = try GuardedMemory(islet_host(), endingAt: size)
      var table: UnsafePointer<islet_plugin>? = plugin.table
      let status = plugin.entry(
        LoadedPlugin.version, memory.pointer(to: islet_host.self), &table)
      try expect(status, ISLET_ERROR_STRUCT_SIZE, "entry with a host of struct_size \(size)")
      try promise(table == nil, "entry with a host of struct_size \(size): refused, but the table is not NULL")
    }
  },
  ConformanceTest("load-does-no-work", "loading and entry start nothing and change nothing") { subject in
    let before = ProcessState()
    _ = try LoadedPlugin(subject.plugin)
    if let difference = ProcessState().difference(from: before) {
      throw Finding.failed("after dlopen and entry: \(difference)")
    }
  },
  ConformanceTest("one-exported-symbol", "the library exports the entry and nothing else") { subject in
    guard let names = ExportedSymbols.of(subject.plugin) else {
      throw Finding.skipped("\(subject.plugin) is no 64-bit ELF library that can be read here")
    }
    let others = names.subtracting([ISLET_ENTRY_SYMBOL]).sorted()
    try promise(names.contains(ISLET_ENTRY_SYMBOL), "\(ISLET_ENTRY_SYMBOL) is not exported")
    try promise(
      others.isEmpty, "\(others.count) other symbols are exported and could clash in a host: \(others.prefix(3))")
  },
  ConformanceTest("descriptor-texts", "id, name, version, vendor and intended use are texts in UTF-8") { subject in
    let table = try LoadedPlugin(subject.plugin).table.pointee
    let texts = [
      ("id", table.id), ("name", table.name), ("version", table.version), ("vendor", table.vendor),
      ("intended_use", table.intended_use),
    ]
    for (field, pointer) in texts {
      guard let pointer else { throw Finding.failed("\(field) is NULL") }
      try promise(pointer.pointee != 0, "\(field) is empty")
      try promise(String(validatingCString: pointer) != nil, "\(field) is not UTF-8")
    }
  },
  ConformanceTest("status-names", "every status of the header has its name, other numbers have none") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    for (status, name) in StatusNames.all {
      try promise(plugin.name(of: status) == name, "status \(status) is called \(plugin.name(of: status)), not \(name)")
    }
    for status in [Int32(-1), 99, 299, .max, .min] {
      try promise(
        plugin.name(of: status) == "unknown status", "status \(status) is called \(plugin.name(of: status))")
    }
  },
  ConformanceTest("unknown-extension", "an extension that nobody knows is NULL") { subject in
    let table = try LoadedPlugin(subject.plugin).table.pointee
    for id in ["org.islet.unknown/1", ""] {
      try promise(table.get_extension(id) == nil, "the extension \"\(id)\" is not NULL")
    }
    try promise(table.get_extension(nil) == nil, "the extension without an id is not NULL")
  },
]
