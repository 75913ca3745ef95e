# The images of a runner. Their files are laid out by `node tools/image/main.ts stage FOLDER`, and
# `docker build --target runner --file Dockerfile FOLDER` builds from there; `node tools/image/main.ts`
# does both, with Docker or with buildah. There is no shell in them, no package manager, and no root.

# A runner that reads clusters: Node, the bundled runner, and nothing else.
FROM scratch AS runner
COPY runner/ /
# A young generation of 2 MiB is enough for a runner, and keeps it small at rest. Children inherit none of this.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=2 HOLDFAST_STATE_DIR=/tmp/holdfast-runner
USER 65532:65532
# ECS gives a volume of Fargate to the owner that the image says; one that is not declared belongs to root.
VOLUME /tmp
WORKDIR /tmp
ENTRYPOINT ["/usr/bin/holdfast-runner"]
CMD ["start"]

# A runner that updates stacks too: the Pulumi CLI, its language hosts for YAML and Node, the modules that Node
# programs may rely on, and Git without SSH: programs come as archives, or from a repository over HTTPS.
FROM runner AS runner-pulumi
COPY pulumi/ /
ENV HOLDFAST_PULUMI_ROOT=/opt/pulumi HOLDFAST_PULUMI_MODULES=/opt/holdfast/node_modules
