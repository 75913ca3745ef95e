/** Version of the provider and of the classes that use it: that of the package. */
export const providerVersion = "0.1.0";
