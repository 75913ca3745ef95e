#!/usr/bin/env node
// The way in. Plain JavaScript, so that the compile cache is on before the first type is stripped:
// loading what strips types costs more than the whole help.
import { enableCompileCache } from "node:module";

enableCompileCache();
await import("./main.ts");
