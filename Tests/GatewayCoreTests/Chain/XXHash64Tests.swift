import Testing

@testable import GatewayCore

/// Expected values come from the reference implementation (xxHash's Python binding).
struct XXHash64Tests {
  struct Vector: Sendable {
    let length: Int
    let unseeded: UInt64
    let seeded: UInt64

    init(_ length: Int, _ unseeded: UInt64, _ seeded: UInt64) {
      self.length = length
      self.unseeded = unseeded
      self.seeded = seeded
    }
  }

  static let seed: UInt64 = 0x9E37_79B1

  /// Of the first so many of the bytes 3, 10, 17, …: every way that a length can end (stripes of 32 bytes,
  /// then 8, 4 and 1) and both sides of each border.
  static let vectors = [
    Vector(0, 0xEF46_DB37_51D8_E999, 0xAC75_FDA2_929B_17EF),
    Vector(1, 0x1F25_C8D0_BC1F_4BB6, 0x79CF_94F5_ACE3_7FE1),
    Vector(2, 0xF5BE_DEC2_3270_6303, 0x457E_E044_E833_4447),
    Vector(3, 0x31D2_363F_52E5_64C9, 0x96D2_A5E5_83DD_D738),
    Vector(4, 0x9BB6_4B7D_66EE_9FDA, 0x4A86_2FBB_4B73_776E),
    Vector(5, 0xC760_8EFD_DB70_51FE, 0xF6CA_0217_9471_D4A8),
    Vector(7, 0x9A7B_1499_59CE_60D8, 0xDDC5_CF71_D37A_6368),
    Vector(8, 0xDAB9_9D95_C6F9_0092, 0xC6E7_5E2C_BD8E_07EE),
    Vector(9, 0x170B_B6BF_975B_4C02, 0x3A3E_0F8C_E693_F786),
    Vector(11, 0x7A52_CC94_57CF_1A1F, 0xAA0D_75A1_8250_1622),
    Vector(12, 0xD52E_4078_33AF_5133, 0x79B0_B158_FAB0_E5D6),
    Vector(15, 0x1B47_CB82_43CC_8E32, 0x8120_A1ED_A8AC_77DA),
    Vector(16, 0x4348_5023_2B78_7BE2, 0x17F3_87CE_3088_5DE5),
    Vector(20, 0x18AE_385A_DA6B_00CB, 0x83C6_020F_9076_09D1),
    Vector(31, 0xA2AA_5F33_CC4A_6119, 0x3818_22F3_3376_D6B6),
    Vector(32, 0x23C3_C17E_F790_FD97, 0x9ABD_3154_70AC_276A),
    Vector(33, 0x50A7_CFC7_BA58_8784, 0x72CD_D326_2F46_7933),
    Vector(36, 0xC0B5_2B0D_CC5E_3F7F, 0x97F1_12C7_24BD_7596),
    Vector(39, 0x880B_BEEA_606E_4B37, 0x7843_8FF5_8483_CB1F),
    Vector(40, 0xB620_306B_253D_76B6, 0x6968_E03B_E195_1FDA),
    Vector(63, 0x5E3E_54B4_31C7_493C, 0x634D_A7D2_6597_9E61),
    Vector(64, 0x0EB6_4B3E_F6EE_B01F, 0xBCB3_847D_7052_5180),
    Vector(65, 0xA383_B724_B2BD_12F1, 0x97F9_D8F9_9671_9021),
    Vector(100, 0xA61F_8D4C_170F_E531, 0x86F5_49ED_E5AC_87E2),
    Vector(255, 0x39AE_55A2_9989_206F, 0xB1D1_FDFF_FB70_77CB),
    Vector(256, 0x00CF_C520_7DD8_E201, 0x7444_DEE7_8E7E_31B7),
  ]

  static func data(_ length: Int) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
  }

  @Test(arguments: vectors) func `agrees with the reference implementation`(_ vector: Vector) {
    let data = Self.data(vector.length)
    #expect(XXHash64.hash(data) == vector.unseeded)
    #expect(XXHash64.hash(data, seed: Self.seed) == vector.seeded)
  }

  @Test func `agrees with the reference implementation on well-known texts`() {
    #expect(XXHash64.hash([]) == 0xEF46_DB37_51D8_E999)
    #expect(XXHash64.hash([], seed: 1) == 0xD5AF_BA13_36A3_BE4B)
    #expect(XXHash64.hash(Array("a".utf8)) == 0xD24E_C4F1_A98C_6E5B)
    #expect(XXHash64.hash(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
    #expect(XXHash64.hash(Array("Nobody inspects the spammish repetition".utf8)) == 0xFBCE_A83C_8A37_8BF1)
  }

  @Test func `does not depend on where the bytes lie in memory`() {
    let data = Self.data(100)
    for shift in 0..<16 {
      let moved = Array(repeating: 0xEE, count: shift) + data
      let hash = moved.withUnsafeBytes { XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0[shift...])) }
      #expect(hash == 0xA61F_8D4C_170F_E531, "at an offset of \(shift)")
    }
  }
}
