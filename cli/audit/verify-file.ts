export async function verifyFile(): Promise<undefined> { return undefined; }
