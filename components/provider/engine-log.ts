import { ChannelCredentials } from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";

/** Shows lines to whoever runs Pulumi, through the engine that has started us. */
export function makeEngineLog(engineAddress: string | undefined): (line: string) => void {
  if (engineAddress === undefined) {
    return () => undefined;
  }
  const engine = new engineServices.EngineClient(
    engineAddress,
    ChannelCredentials.createInsecure(),
  );
  return (line) => {
    const request = new engineMessages.LogRequest();
    request.setSeverity(engineMessages.LogSeverity.INFO);
    request.setMessage(line);
    // A line that does not arrive changes nothing.
    engine.log(request, () => undefined);
  };
}
