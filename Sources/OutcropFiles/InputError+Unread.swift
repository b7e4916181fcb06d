import OutcropCore

extension InputError {
  /// An array that is well formed, but of a type or version that is not read here; the user can write it in another.
  static func unread(
    file: String, field: String? = nil, found: String, expected: String
  ) -> InputError {
    InputError(
      .unsupported, file: file, field: field, found: found, expected: expected,
      hint: "convert it to safetensors or npy with a supported number type")
  }
}
