# The command, in an image that has nothing else but the certificates of authorities, as nobody in particular.
# `cargo xtask release` makes what it is built of:
#   docker buildx build --platform linux/amd64,linux/arm64 --file Dockerfile target/image
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETARCH
COPY --chmod=0755 ecr-sweep-${TARGETARCH} /usr/local/bin/ecr-sweep
ENTRYPOINT ["/usr/local/bin/ecr-sweep"]
