/** The version of the protocol that this source speaks (design.md, section 5). */
export const protocolVersion = { major: 1, minor: 1 } as const;

/** The oldest minor version that it still speaks. */
export const oldestMinor = 0;

/** The version of the product, as both ends say it of themselves. */
export const productVersion = "0.1.0";
