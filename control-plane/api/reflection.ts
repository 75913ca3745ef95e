import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import type { Server } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { protocolFiles } from "@holdfast/protocol/files.ts";
import { serviceDefinition } from "@holdfast/protocol/grpc/service-definition.ts";

/** The only part of a package definition that the reflection service reads of an entry. */
interface DescribedEntry {
  readonly format: string;
  readonly type: object;
  readonly fileDescriptorProtos: Buffer[];
}

/**
 * Adds server reflection, fed from the descriptions that the code was generated from, so that what it
 * tells is what is served.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  const files = withDependencies(protocolFiles).map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, file.proto))),
  );
  const described: DescribedEntry = {
    format: "Protocol Buffer 3 DescriptorProto",
    type: {},
    fileDescriptorProtos: files,
  };
  const definitions = protocolFiles
    .flatMap((file) => file.services)
    .filter((service) => services.includes(service.typeName))
    .map((service): readonly [string, unknown] => [service.typeName, serviceDefinition(service)]);
  // The library takes what @grpc/proto-loader makes; it reads the descriptors of the entries and nothing else.
  const packageDefinition: Record<string, unknown> = {
    ...Object.fromEntries<unknown>(definitions),
    "holdfast.v1": described,
  };
  new ReflectionService(packageDefinition as never, { services: [...services] }).addToServer(
    server,
  );
}

function withDependencies(files: readonly DescFile[]): readonly DescFile[] {
  const known = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (!known.has(file.name)) {
      known.set(file.name, file);
      for (const dependency of file.dependencies) {
        visit(dependency);
      }
    }
  };
  for (const file of files) {
    visit(file);
  }
  return [...known.values()];
}
