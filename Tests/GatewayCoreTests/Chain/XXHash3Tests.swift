import Testing

@testable import GatewayCore

/// Expected values come from xxHash's Python binding.
struct XXHash3Tests {
  typealias Vector = XXHash64Tests.Vector

  /// Of the first so many of the bytes 3, 10, 17, …: both sides of each border between its ways of hashing, and
  /// several blocks.
  static let vectors = [
    Vector(0, 0x2D06_8005_38D3_94C2, 0xF702_CA38_14DE_2125),
    Vector(1, 0x13E6_08BC_156D_EFED, 0x1E9D_BE15_A89A_7959),
    Vector(3, 0xA908_8DDA_485B_481C, 0x16AD_8D81_9B71_43C0),
    Vector(4, 0x6D92_53B1_6C8B_1ED3, 0x120A_B394_2A6A_D13A),
    Vector(8, 0x6053_9DB6_3047_1163, 0x6F78_1212_4F2D_18FE),
    Vector(9, 0xFEFF_6683_61D7_23A8, 0xCD8D_558C_12E9_C08C),
    Vector(16, 0xB8C8_59B0_F030_B585, 0x1DC0_6C1D_C300_E615),
    Vector(17, 0x714A_0440_8E79_B80F, 0x956E_DF66_0BEB_126E),
    Vector(128, 0x6742_5A03_6502_61BF, 0xB1BC_5620_9A07_A5B2),
    Vector(129, 0xC664_BF33_11C6_ABC4, 0x8502_9E87_56C1_5FC8),
    Vector(240, 0x6455_6DC6_B462_A6CF, 0x747C_D156_C9E6_06C6),
    Vector(241, 0x8BEA_DD3A_8874_FE17, 0x8F46_C475_DF93_6767),
    Vector(1023, 0xD269_86A0_B85D_CC44, 0xE9FB_B7C5_7CAA_E99D),
    Vector(1024, 0x9B81_661C_641C_72B1, 0xBE05_6777_7FCE_6A55),
    Vector(1025, 0x806C_2072_ED71_3576, 0x38CC_3BFE_6393_4C0A),
    Vector(4096, 0xD742_8746_842B_E37E, 0x4237_7658_A06B_08D9),
    Vector(65_536, 0x5D03_B43B_14C7_5500, 0x435F_AD04_469B_BD56),
    Vector(1_000_003, 0x6FB4_0805_43F3_2E5B, 0x2FC2_961A_BF65_E1DF),
  ]

  @Test(arguments: vectors) func `agrees with the reference implementation`(_ vector: Vector) {
    XXHash64Tests.data(vector.length).withUnsafeBytes { data in
      #expect(XXHash3.hash(data, seed: 0) == vector.unseeded)
      #expect(XXHash3.hash(data, seed: XXHash64Tests.seed) == vector.seeded)
    }
  }

  @Test func `nothing has a hash as well`() {
    #expect(XXHash3.hash(UnsafeRawBufferPointer(start: nil, count: 0), seed: 0) == 0x2D06_8005_38D3_94C2)
  }
}
