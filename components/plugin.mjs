// What PulumiPlugin.yaml runs. Plain JavaScript, because Pulumi's launcher of plugins compiles TypeScript by
// itself, with an old compiler; what is imported from here is Node's own affair.
import "./provider/main.ts";
