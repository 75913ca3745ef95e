import { isValues, type Values } from "./stand-in-provider.ts";

/** Tags as most services take them. */
export function awsTags({ tags }: Values): { readonly Key: string; readonly Value: string }[] {
  return Object.entries(isValues(tags) ? tags : {}).map(([name, value]) => ({
    Key: name,
    Value: String(value),
  }));
}

/** Tags of the resource and of the provider together; the stand-in's provider has none of its own. */
export function tagsAll({ tags }: Values): Values {
  return isValues(tags) ? tags : {};
}
