import { PartFailure } from "../parts/part-failure.ts";
import { generationIn, howToDestroy, type VerifyPlan, type VerifyStep } from "./verify-plan.ts";

/** What surrounds a verification. */
export interface VerifyWorld {
  /** Runs a command to its end, showing what it prints; throws if it fails. Answers with standard output. */
  run(step: VerifyStep, environment: Readonly<Record<string, string>>): Promise<string>;
  /** Asks a person; answers with what was typed. */
  ask(question: string): Promise<string>;
  say(line: string): void;
}

/**
 * Does the plan: asks twice, verifies, and destroys whatever happened.
 *
 * @throws {PartFailure} if a person did not say yes, before anything is made; if a step failed; if what was made
 * could not be destroyed, with the command that does it.
 */
export async function runPlan(
  plan: VerifyPlan,
  world: VerifyWorld,
  options: { readonly accountId: string; readonly keepOnFailure: boolean },
): Promise<void> {
  if ((await world.ask("Type the number of the account to go on: ")) !== options.accountId) {
    throw refused("The account's number was not typed.");
  }
  await prepare(plan, world);
  if ((await world.ask("This is what would be made. Type yes to make it: ")) !== "yes") {
    await cleanUp(plan, world);
    throw refused("You did not say yes.");
  }
  const failure = await verify(plan, world);
  if (failure !== undefined && options.keepOnFailure) {
    throw new PartFailure(`The verification failed: ${failure}`, {
      advice: `look at what stands there, then destroy it: ${howToDestroy(plan)}`,
    });
  }
  await cleanUp(plan, world);
  if (failure !== undefined) {
    throw new PartFailure(`The verification failed, and everything was destroyed: ${failure}`, {
      advice: "read the lines above; --keep-on-failure leaves everything standing.",
    });
  }
  world.say("Verified: the runner connected, worked, was rotated, worked again, and is gone.");
}

async function prepare(plan: VerifyPlan, world: VerifyWorld): Promise<void> {
  try {
    for (const step of plan.prepare) {
      await announce(step, plan, world);
    }
  } catch (cause) {
    await cleanUp(plan, world);
    const happened = cause instanceof Error ? cause.message : String(cause);
    throw new PartFailure(`Nothing was made in the account: ${happened}.`, {
      advice: "read the lines above.",
      cause,
    });
  }
}

/** What went wrong, or undefined. */
async function verify(plan: VerifyPlan, world: VerifyWorld): Promise<string | undefined> {
  let generation = 0;
  try {
    for (const step of plan.verify) {
      const output = await announce(step, plan, world);
      if (step.tellsGeneration === true) {
        const told = generationIn(output) ?? 0;
        if (told <= generation) {
          return `the runner has credentials of generation ${told}, and had ${generation} before`;
        }
        generation = told;
      }
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function cleanUp(plan: VerifyPlan, world: VerifyWorld): Promise<void> {
  try {
    for (const step of plan.cleanUp) {
      await announce(step, plan, world);
    }
  } catch (cause) {
    throw new PartFailure("What was made could not be destroyed.", {
      advice: `it costs money until you do: ${howToDestroy(plan)}`,
      cause,
    });
  }
}

async function announce(step: VerifyStep, plan: VerifyPlan, world: VerifyWorld): Promise<string> {
  world.say(`\n== ${step.title}\n   ${step.command.join(" ")}`);
  return await world.run(step, plan.environment);
}

function refused(happened: string): PartFailure {
  return new PartFailure(`${happened} Nothing was made in the account.`, {
    advice: "start again when you are sure.",
  });
}
