import * as pulumi from "@pulumi/pulumi";

/** A component: a place to put things that belong together. It needs no cloud and no plugin. */
class Greeting extends pulumi.ComponentResource {
  /**
   * @param {string} name
   * @param {string} to whom to greet
   */
  constructor(name, to) {
    super("sample:index:Greeting", name);
    this.text = pulumi.interpolate`Hello, ${to}.`;
    this.registerOutputs({ text: this.text });
  }
}

const config = new pulumi.Config();
const greeting = new Greeting("greeting", config.require("to"));

export const text = greeting.text;
// Comes by reference: resolved by the runner while the operation runs, and secret in the state.
export const password = config.requireSecret("password");
