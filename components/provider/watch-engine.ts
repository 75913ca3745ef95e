import { Channel, ChannelCredentials, connectivityState } from "@grpc/grpc-js";

/**
 * Calls `gone` once, when the engine that has started us is gone, however it ended: it no longer answers at
 * its own address. An engine that is killed cannot end its plugins.
 *
 * Standard input is no sign of it: where a language host starts the plugin, it is the host's, or nothing.
 * An engine that has not been reached yet is not gone.
 */
export function watchEngine(engineAddress: string, gone: () => void): void {
  const channel = new Channel(engineAddress, ChannelCredentials.createInsecure(), {});
  let wasReached = false;
  const look = (): void => {
    // Asking for a connection brings one that was lost, or closed because nothing was said, back.
    const state = channel.getConnectivityState(true);
    wasReached ||= state === connectivityState.READY;
    if (wasReached && state === connectivityState.TRANSIENT_FAILURE) {
      channel.close();
      gone();
      return;
    }
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, look);
  };
  look();
}
